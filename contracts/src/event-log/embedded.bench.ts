// What an append costs, and what a plain append-only file would: node contracts/src/event-log/embedded.bench.ts
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBatch } from '../readings/batch.ts'
import { createColumns } from '../readings/columns.ts'
import { READINGS } from '../topics.ts'
import { openEmbeddedLog } from './embedded.ts'

const APPENDS = 400

for (const rows of [50, 500, 5000]) {
  const value = sample(rows)
  console.log(`\n${rows} readings a record, ${value.length} bytes, ${APPENDS} appends, each durable before the next`)
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-'))
  try {
    for (const inline of [false, true]) {
      const log = await openEmbeddedLog({ folder: join(folder, String(inline)), inline })
      const append = () =>
        log.append(READINGS, [{ key: 'k', partition: 0, value: new Uint8Array(value) }], { transfer: true })
      await append()
      await measure(inline ? 'SQLite in the calling thread' : 'SQLite on its own thread', rows, append)
      await measureReading(log, rows)
      await log.close()
    }
    const file = openSync(join(folder, 'plain'), 'a')
    await measure('plain file, fdatasync', rows, async () => {
      writeSync(file, value)
      fdatasyncSync(file)
    })
    closeSync(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(name: string, rows: number, append: () => Promise<unknown>): Promise<void> {
  const waits: number[] = []
  const before = process.cpuUsage()
  for (let i = 0; i < APPENDS; i++) {
    const began = performance.now()
    await append()
    waits.push(performance.now() - began)
  }
  const { user, system } = process.cpuUsage(before)
  const cpu = (user + system) / APPENDS
  waits.sort((a, b) => a - b)
  const at = (share: number) => (waits[Math.floor(share * (APPENDS - 1))] as number).toFixed(2)
  const each = ((cpu * 1000) / rows).toFixed(0)
  console.log(
    `${name.padEnd(30)} ${cpu.toFixed(0)} µs CPU an append, ${each} ns a reading, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`,
  )
}

async function measureReading(log: Awaited<ReturnType<typeof openEmbeddedLog>>, rows: number): Promise<void> {
  const before = process.cpuUsage()
  const stop = new AbortController()
  let records = 0
  for await (const batch of log.consume(READINGS, 'bench', { signal: stop.signal, partitions: [0] })) {
    records += batch.records.length
    if (records > APPENDS) stop.abort()
  }
  const { user, system } = process.cpuUsage(before)
  const cpu = (user + system) / records
  console.log(
    `${'  and reading it back'.padEnd(30)} ${cpu.toFixed(0)} µs CPU a record, ${((cpu * 1000) / rows).toFixed(0)} ns a reading`,
  )
}

function sample(rows: number): Uint8Array {
  const columns = createColumns(rows)
  columns.length = rows
  for (let i = 0; i < rows; i++) {
    columns.seriesLo[i] = Math.random() * 2 ** 32
    columns.seriesHi[i] = Math.random() * 2 ** 32
    columns.measuredAt[i] = 1.77e12 + i
    columns.receivedAt[i] = 1.77e12 + 20
    columns.value[i] = Math.random() * 100
  }
  return encodeBatch({ columns, counts: [] })
}
