// What ingest itself costs per reading, without the store: node ingest/src/intake.bench.ts [series]
import { createColumns, encodeBatch } from '@quartier/contracts'
import type { EventLog, LogRecord } from '@quartier/contracts/event-log'
import { silentLogger } from '@quartier/contracts/runtime'
import { Registry } from 'prom-client'
import { Intake } from './intake.ts'
import { LedgerBook } from './ledger-book.ts'
import { ingestMetrics } from './metrics.ts'
import { SeriesTable } from './series-table.ts'

const count = Number(process.argv[2] ?? 650_000)
const DAY = 86_400_000
const NOW = Date.UTC(2026, 0, 1)
const random = xorshift(42)

const table = new SeriesTable(count)
for (let i = 0; i < count; i++) {
  const rule = { source: `source-${i % 20}`, validMin: -40, validMax: 90, historical: false, personal: false }
  table.put({ lo: random(), hi: random(), ...rule })
}
const follower = { learn: () => Promise.reject(new Error('every series is known')) }
const metrics = ingestMetrics(new Registry())
const limits = { rawRetentionMs: 30 * DAY, futureMs: 3_600_000 }

console.log(`${count} series in random order, node ${process.version}`)
for (const rows of [50, 500, 5000]) {
  const records = Array.from({ length: Math.ceil(200_000 / rows) }, (_, offset) => record(offset, rows))
  const values = records.map((r) => new Uint8Array(r.value))
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 7; round++) {
    const ledger = new LedgerBook({ log: {} as EventLog, logger: silentLogger, onImbalance: () => {} })
    const intake = new Intake({ table, follower, ledger, metrics, limits })
    for (const [i, r] of records.entries()) r.value.set(values[i] as Uint8Array)
    const before = process.cpuUsage()
    for (let i = 0; i < records.length; i += 20) await intake.take(records.slice(i, i + 20))
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, ((user + system) * 1000) / (records.length * rows))
  }
  console.log(`${rows} rows a record: ${best.toFixed(1)} ns CPU per reading (decode, check, ledger), best of 7`)
}

function record(offset: number, rows: number): LogRecord {
  const columns = createColumns(rows)
  columns.length = rows
  for (let i = 0; i < rows; i++) {
    const series = random() % count
    const { lo, hi } = table.id(series)
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = NOW - (random() % 5000)
    columns.receivedAt[i] = NOW
    columns.value[i] = 20 + (random() % 1000) / 100
  }
  const tally = { received: rows, accepted: rows, rejected: {} }
  const counts = [{ source: 'source-1', messages: tally, readings: tally, untimed: 0 }]
  const value = encodeBatch({ columns, counts })
  return { partition: 0, offset, appendedAt: NOW, key: 'k', headers: {}, value }
}

function xorshift(seed: number): () => number {
  let x = seed
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return x >>> 0
  }
}
