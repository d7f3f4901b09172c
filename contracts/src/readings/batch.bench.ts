// Our record format beside Arrow IPC and packed protobuf: node contracts/src/readings/batch.bench.ts
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { decodeBatch, encodeBatch } from './batch.ts'
import { createColumns, type ReadingColumns } from './columns.ts'

// Both are devDependencies of the tests, for this comparison alone.
const fromTests = createRequire(join(import.meta.dirname, '../../../tests/package.json'))
const arrow = fromTests('apache-arrow') as typeof import('apache-arrow')
const protobuf = fromTests('protobufjs') as typeof import('protobufjs')

interface Format {
  readonly name: string
  encode(columns: ReadingColumns): Uint8Array
  /** Makes every column readable by index and returns the sum of the values, so that nothing is left lazy. */
  decode(bytes: Uint8Array): number
}

const ours: Format = {
  name: 'QRB1 (ours)',
  encode: (columns) => encodeBatch({ columns, counts: [] }),
  decode: (bytes) => sumOf(decodeBatch(bytes).columns),
}

const arrowIpc: Format = {
  name: 'Arrow IPC',
  encode(c) {
    const n = c.length
    const table = arrow.makeTable({
      seriesLo: c.seriesLo.subarray(0, n),
      seriesHi: c.seriesHi.subarray(0, n),
      measuredAt: c.measuredAt.subarray(0, n),
      receivedAt: c.receivedAt.subarray(0, n),
      value: c.value.subarray(0, n),
      quality: c.quality.subarray(0, n),
    })
    return arrow.tableToIPC(table, 'stream')
  },
  decode(bytes) {
    const table = arrow.tableFromIPC(bytes)
    const column = <T>(name: string) => table.getChild(name)?.toArray() as T
    return sumOf({
      length: table.numRows,
      seriesLo: column('seriesLo'),
      seriesHi: column('seriesHi'),
      measuredAt: column('measuredAt'),
      receivedAt: column('receivedAt'),
      value: column('value'),
      quality: column('quality'),
    })
  },
}

const Message = protobuf
  .parse(`syntax = "proto3"; message Batch {
  repeated fixed32 series_lo = 1 [packed = true]; repeated fixed32 series_hi = 2 [packed = true];
  double base_measured = 3; double base_received = 4;
  repeated uint32 measured = 5 [packed = true]; repeated uint32 received = 6 [packed = true];
  repeated double value = 7 [packed = true]; bytes quality = 8; }`)
  .root.lookupType('Batch')

const packedProtobuf: Format = {
  name: 'protobuf, packed',
  encode(c) {
    const n = c.length
    const baseMeasured = Math.min(...c.measuredAt.subarray(0, n))
    const baseReceived = Math.min(...c.receivedAt.subarray(0, n))
    return Message.encode({
      seriesLo: c.seriesLo.subarray(0, n),
      seriesHi: c.seriesHi.subarray(0, n),
      baseMeasured,
      baseReceived,
      measured: Uint32Array.from(c.measuredAt.subarray(0, n), (t) => t - baseMeasured),
      received: Uint32Array.from(c.receivedAt.subarray(0, n), (t) => t - baseReceived),
      value: c.value.subarray(0, n),
      quality: c.quality.subarray(0, n),
    }).finish()
  },
  decode(bytes) {
    const m = Message.decode(bytes) as unknown as Record<string, number[]> &
      Record<'baseMeasured' | 'baseReceived', number>
    return sumOf({
      length: (m.value as number[]).length,
      seriesLo: Uint32Array.from(m.seriesLo as number[]),
      seriesHi: Uint32Array.from(m.seriesHi as number[]),
      measuredAt: Float64Array.from(m.measured as number[], (t) => t + m.baseMeasured),
      receivedAt: Float64Array.from(m.received as number[], (t) => t + m.baseReceived),
      value: Float64Array.from(m.value as number[]),
      quality: Uint8Array.from(m.quality as number[]),
    })
  },
}

console.log(`node ${process.version}; CPU ns per reading, best of 9 rounds`)
console.log('rows   format            encode   decode   bytes/reading')
for (const rows of [10, 500, 5000]) {
  const columns = sample(rows)
  for (const format of [ours, arrowIpc, packedProtobuf]) {
    const bytes = format.encode(columns)
    const encode = fastest(rows, () => format.encode(columns).length)
    const decode = fastest(rows, () => format.decode(bytes))
    const cells = [
      encode.toFixed(1).padStart(8),
      decode.toFixed(1).padStart(8),
      (bytes.length / rows).toFixed(1).padStart(9),
    ]
    console.log(`${String(rows).padEnd(6)} ${format.name.padEnd(16)} ${cells.join(' ')}`)
  }
}

function fastest(rows: number, work: () => number): number {
  const repeats = Math.max(3, Math.ceil(100_000 / rows))
  let best = Number.POSITIVE_INFINITY
  let sink = 0
  for (let round = 0; round < 9; round++) {
    const before = process.cpuUsage()
    for (let i = 0; i < repeats; i++) sink += work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, ((user + system) * 1000) / (repeats * rows))
  }
  if (Number.isNaN(sink)) throw new Error('a format lost values')
  return best
}

function sumOf(c: ReadingColumns): number {
  let sum = 0
  for (let i = 0; i < c.length; i++)
    sum += (c.value[i] as number) + (c.seriesLo[i] as number) + (c.measuredAt[i] as number) + (c.quality[i] as number)
  return sum
}

function sample(rows: number): ReadingColumns {
  const columns = createColumns(rows)
  columns.length = rows
  for (let i = 0; i < rows; i++) {
    columns.seriesLo[i] = Math.random() * 2 ** 32
    columns.seriesHi[i] = Math.random() * 2 ** 32
    columns.measuredAt[i] = 1.77e12 - Math.floor(Math.random() * 5000)
    columns.receivedAt[i] = 1.77e12 + Math.floor(Math.random() * 20)
    columns.value[i] = Math.round(Math.random() * 1e4) / 100
  }
  return columns
}
