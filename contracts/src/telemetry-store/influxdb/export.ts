import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { ByteSink } from '../parquet/bytes.ts'
import { GROUP_ROWS, SortedFileWriter } from '../parquet/writer.ts'
import type { TelemetryStore } from '../port.ts'
import { quoted } from '../series-file.ts'
import { UNKNOWN } from '../series-table.ts'
import { readRaw, type Sources } from './read.ts'

type ExportRequest = Parameters<TelemetryStore['export']>[0]
type Columns = readonly [times: Float64Array, values: Float64Array, qualities: Float64Array, delays: Float64Array]

interface Target {
  add(ordinal: number, columns: Columns, length: number): void
  finish(): void
  abandon(): void
}

const ROWS_AT_ONCE = 500_000
const MOST_SERIES = 200

/** Writes readings by series and time; the file appears under its name when it is complete. */
export async function exportReadings(
  sources: Sources,
  request: ExportRequest,
  readingsPerSeries: number,
  onProgress?: (share: number) => void,
): Promise<number> {
  const { table, size } = sources.catalog
  const asked = request.series?.map((s) => table.find(s.lo, s.hi)) ?? Array.from({ length: size }, (_, o) => o)
  const ordinals = [...new Set(asked)].filter((o) => o !== UNKNOWN).sort((a, b) => a - b)
  const step = Math.max(1, Math.min(MOST_SERIES, Math.floor(ROWS_AT_ONCE / Math.max(1, readingsPerSeries))))
  const part = `${request.path}.part`
  const key = (o: number) => table.key(o)
  const target = request.format === 'csv' ? csvTarget(part, key) : parquetTarget(part, key)
  let rows = 0
  try {
    for (let i = 0; i < ordinals.length; i += step) {
      const some = ordinals.slice(i, i + step)
      const found = await readRaw(sources, some, request.from, request.to, { delays: true })
      for (const o of some) {
        const { columns, length = 0 } = found.get(o) ?? {}
        if (columns) target.add(o, columns as unknown as Columns, length)
        rows += length
      }
      onProgress?.(Math.min(1, (i + some.length) / ordinals.length))
    }
    target.finish()
    renameSync(part, request.path)
    return rows
  } catch (error) {
    target.abandon()
    rmSync(part, { force: true })
    throw error
  }
}

function csvTarget(path: string, key: (o: number) => string): Target {
  const fd = openSync(path, 'w')
  let text = 'series,measured_at,received_at,value,quality\n'
  const write = () => {
    writeSync(fd, text)
    text = ''
  }
  return {
    add(o, [times, values, qualities, delays], length) {
      const name = quoted(key(o))
      for (let i = 0; i < length; i++) {
        const at = times[i] as number
        const received = new Date(at + (delays[i] as number)).toISOString()
        text += `${name},${new Date(at).toISOString()},${received},${values[i]},${qualities[i]}\n`
        if (text.length > 1 << 20) write()
      }
    },
    finish() {
      write()
      closeSync(fd)
    },
    abandon: () => closeSync(fd),
  }
}

function parquetTarget(path: string, key: (o: number) => string): Target {
  const encoder = new TextEncoder()
  const writer = new SortedFileWriter({
    path,
    dense: true,
    columns: [
      { name: 'series', kind: 'seriesKey' },
      { name: 'measured_at', kind: 'time' },
      { name: 'received_at', kind: 'time' },
      { name: 'value', kind: 'double' },
      { name: 'quality', kind: 'byte' },
    ],
    describe(o: number, out: ByteSink) {
      const bytes = encoder.encode(key(o))
      out.reserve(4)
      out.view.setUint32(out.length, bytes.length, true)
      out.length += 4
      out.put(bytes)
    },
  })
  const [measuredAt, receivedAt, value, quality] = writer.columns as [...Columns]
  return {
    add(o, [times, values, qualities, delays], length) {
      for (let i = 0; i < length; i++) {
        const k = writer.count
        writer.ordinals[k] = o
        measuredAt[k] = times[i] as number
        receivedAt[k] = (times[i] as number) + (delays[i] as number)
        value[k] = values[i] as number
        quality[k] = qualities[i] as number
        if (++writer.count === GROUP_ROWS) writer.endGroup()
      }
    },
    finish: () => void writer.finish(),
    abandon: () => writer.close(),
  }
}
