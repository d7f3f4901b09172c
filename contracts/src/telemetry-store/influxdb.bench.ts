// What writing to InfluxDB costs its client: node contracts/src/telemetry-store/influxdb.bench.ts
// A server that takes everything and stores nothing stands for InfluxDB, in a process of its own, so that only our own CPU
// is counted; with QUARTIER_TEST_INFLUX set the same lines go to a real one too, whose CPU is not counted either.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createColumns, type ReadingColumns } from '../readings/columns.ts'
import { wallClock } from '../runtime/clock.ts'
import { definition } from './fixtures.ts'
import { newBucket, testServers } from './influxdb/testing/servers.ts'
import { type InfluxServer, type InfluxStore, openInfluxStore } from './influxdb.ts'
import type { SeriesMeta } from './port.ts'

const ROWS = 5000
const ROUNDS = 60
const INTERVAL_MS = 60_000

const shapes = [
  { name: 'one property a device', devices: 100_000, properties: 1, order: 'random' },
  { name: 'packs of 20 properties', devices: 5000, properties: 20, order: 'by device' },
] as const

const { server: sink, end } = await startSink()
const targets: { name: string; server: InfluxServer; gzip: boolean }[] = [
  { name: 'sink', server: sink, gzip: false },
  { name: 'sink, gzip', server: sink, gzip: true },
]
const [real] = testServers()
if (real) targets.push({ name: 'InfluxDB', server: real, gzip: false })
else console.log('QUARTIER_TEST_INFLUX is not set: the real server is missing from this table')

console.log(
  `node ${process.version}; CPU µs of this process, rollups of 1 min and 1 h included, median of ${ROUNDS} batches`,
)
console.log('shape                    target       µs/reading  µs/line')
for (const shape of shapes)
  for (const target of targets) {
    const store = await openInfluxStore({
      ...{ servers: [target.server], bucket: newBucket(), gzip: target.gzip },
      clock: wallClock,
      flushEveryMs: 0, // the sink remembers nothing, so there is nothing to commit to
      timeoutMs: 60_000,
      patienceMs: 60_000,
    })
    const perReading = await measure(store, shape)
    await store.close()
    const cells = [perReading.toFixed(2).padStart(10), (perReading * shape.properties).toFixed(2).padStart(8)]
    console.log(`${shape.name.padEnd(24)} ${target.name.padEnd(12)} ${cells.join(' ')}`)
  }
end()

async function measure(store: InfluxStore, shape: (typeof shapes)[number]): Promise<number> {
  const series: SeriesMeta[] = []
  for (let d = 0; d < shape.devices; d++)
    for (let p = 0; p < shape.properties; p++)
      series.push(definition(`bench/district-7-meter-${d}/property-${p}`, INTERVAL_MS))
  await store.define(series)
  const next = readings(series, shape)
  const costs: number[] = []
  for (let offset = 0; offset < ROUNDS; offset++) {
    const columns = next()
    const before = process.cpuUsage()
    await store.write([{ partition: 0, firstOffset: offset, nextOffset: offset + 1, columns }])
    await store.range(series.slice(0, 1), 1, 2) // a question waits for the lines
    const { user, system } = process.cpuUsage(before)
    costs.push((user + system) / ROWS)
  }
  return costs.sort((a, b) => a - b)[ROUNDS >> 1] as number
}

function readings(series: readonly SeriesMeta[], shape: (typeof shapes)[number]): () => ReadingColumns {
  const groups = series.length / shape.properties
  const order = Uint32Array.from({ length: groups }, (_, i) => i)
  for (let i = groups - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[order[i], order[j]] = [order[j] as number, order[i] as number]
  }
  const columns = createColumns(ROWS)
  columns.length = ROWS
  let at = 0
  const started = Date.now() - 86_400_000
  return () => {
    for (let i = 0; i < ROWS; i++, at++) {
      const group = Math.floor(at / shape.properties)
      const s = series[(order[group % groups] as number) * shape.properties + (at % shape.properties)] as SeriesMeta
      columns.seriesLo[i] = s.lo
      columns.seriesHi[i] = s.hi
      columns.measuredAt[i] = started + Math.floor(group / groups) * INTERVAL_MS + (group % 60_000)
      columns.receivedAt[i] = (columns.measuredAt[i] as number) + Math.floor(Math.random() * 900)
      columns.value[i] = Math.round(Math.random() * 1e4) / 100
    }
    return columns
  }
}

/** Answers as InfluxDB does and keeps nothing. */
async function startSink(): Promise<{ server: InfluxServer; end: () => void }> {
  const source = `
    const { createServer } = require('node:http')
    const server = createServer((request, response) => {
      request.resume()
      request.on('end', () => {
        if (request.url.startsWith('/api/v2/write')) response.writeHead(204).end()
        else if (request.url.startsWith('/api/v2/query')) response.end('\\r\\n')
        else response.end(JSON.stringify({ buckets: [], orgs: [{ id: '0' }] }))
      })
    })
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${String(port).trim()}`
  return { server: { name: 'sink', url, org: 'bench', token: '' }, end: () => void child.kill() }
}
