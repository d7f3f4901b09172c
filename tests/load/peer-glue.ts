/**
 * The peer of `bench ingest`: what everybody writes first. Plain aedes, JSON.parse of every payload, rows appended to
 * a DuckDB table every 100 ms. It acknowledges before anything is stored. Run as a process of its own:
 * `node peer-glue.ts <database file>`; it prints its port, and on "stop" from its parent flushes, says how many rows
 * the table holds and their checksum, and ends.
 */
import { createServer } from 'node:net'
import { DuckDBInstance, DuckDBTimestampMillisecondsValue } from '@duckdb/node-api'
import { Aedes } from 'aedes'

const FLUSH_EVERY_MS = 100

interface Row {
  readonly device: string
  readonly property: string
  readonly at: number
  readonly value: number
}

const file = process.argv[2]
if (!file) throw new Error('usage: node peer-glue.ts <database file>')
const db = await DuckDBInstance.create(file)
const connection = await db.connect()
await connection.run('CREATE TABLE readings (device VARCHAR, property VARCHAR, measured_at TIMESTAMP_MS, value DOUBLE)')
const appender = await connection.createAppender('readings')

let rows: Row[] = []
const broker = await Aedes.createBroker({ concurrency: 0 })
broker.on('publish', (packet, client) => {
  if (!client) return
  const [, , , device, property] = packet.topic.split('/')
  const payload = JSON.parse(packet.payload.toString()) as
    | { ts: number; value: number }
    | { ts: number; value: number }[]
  for (const { ts, value } of Array.isArray(payload) ? payload : [payload])
    rows.push({ device: device ?? '', property: property ?? 'value', at: ts, value })
})

function flush(): void {
  const taken = rows
  rows = []
  for (const row of taken) {
    appender.appendVarchar(row.device)
    appender.appendVarchar(row.property)
    appender.appendTimestampMilliseconds(new DuckDBTimestampMillisecondsValue(BigInt(row.at)))
    appender.appendDouble(row.value)
    appender.endRow()
  }
  appender.flushSync()
}
const timer = setInterval(flush, FLUSH_EVERY_MS)

const server = createServer(broker.handle)
server.listen(0, '127.0.0.1', () =>
  process.send?.({ type: 'ready', port: (server.address() as { port: number }).port }),
)

process.on('message', (message) => void answer(message))

async function answer(message: unknown): Promise<void> {
  clearInterval(timer)
  flush()
  const reader = await connection.runAndReadAll('SELECT count(*)::DOUBLE, coalesce(sum(value), 0) FROM readings')
  const [count, checksum] = reader.getRows()[0] as [number, number]
  process.send?.({ type: 'stored', count, checksum })
  if (message === 'stop') process.exit(0)
}
