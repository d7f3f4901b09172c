import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { createDistrict, writeHistory } from '@quartier/simulators'
import { allStored, type StartPlatform, withPlatform } from './bench-platform.ts'
import { startChild } from './bench-process.ts'
import type { BenchRow } from './bench-row.ts'
import { isSimulatorResult } from './simulator-bench.ts'

export interface HistoryBenchOptions {
  /** Two weeks in place of a year, and the year reckoned from them. */
  readonly quick: boolean
  readonly startPlatform: StartPlatform
  readonly onProgress?: (line: string) => void
}

const SERIES = 5_000
const EVERY_MS = 300_000
const DAY = 86_400_000
const MQTT_SECONDS = 6

/** The past of a district written straight into a store, until all of it is durable, merged and rolled up. */
export async function runHistoryBench(options: HistoryBenchOptions): Promise<BenchRow[]> {
  const days = options.quick ? 14 : 365
  const say = options.onProgress ?? (() => {})
  const mqtt = await byMqtt(options)
  say(`by MQTT, packs of 20: ${Math.round(mqtt / 1_000)}k readings/s with the generator on the same machine`)
  const direct = await straight(days, say)
  const year = (365 * DAY * SERIES) / EVERY_MS
  const perSecond = direct.readings / direct.seconds
  const note = `${direct.readings.toLocaleString('en')} readings in ${Math.round(direct.seconds)} s`
  return [
    {
      name: 'a year of 5-minute history of 5,000 series into the store',
      value: year / perSecond / 60,
      unit: 'min',
      must: 12,
      reach: 6,
      smaller: true,
      note: options.quick ? `reckoned from two weeks: ${note}` : note,
    },
    {
      name: 'the same, CPU of all threads',
      value: (direct.cpuSeconds * 1e9) / direct.readings,
      unit: 'ns CPU/reading',
      smaller: true,
    },
    { name: 'the same, size', value: direct.bytes / direct.readings, unit: 'B/reading', smaller: true },
    {
      name: 'readings a second, against the same by MQTT in packs of 20',
      value: perSecond,
      unit: 'readings/s',
      peer: mqtt,
      ratio: perSecond / mqtt,
    },
  ]
}

async function straight(days: number, say: (line: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-history-'))
  try {
    const to = Date.UTC(2026, 10, 1)
    let now = to
    const clock = { now: () => now, speed: 1 }
    const cpu = process.cpuUsage()
    const startedAt = performance.now()
    const store = await openEmbeddedStore({ folder, clock, hotRows: 8_000_000, flushEveryMs: 0 })
    const model = createDistrict({ seed: 31, sensors: SERIES })
    let saidAt = startedAt
    const report = await writeHistory(
      store,
      { model, seed: 31, from: to - days * DAY, to, everyMs: EVERY_MS },
      {
        onProgress: (share, readings) => {
          if (performance.now() - saidAt < 10_000) return
          saidAt = performance.now()
          say(`${Math.round(share * 100)} %, ${(readings / 1e6).toFixed(0)} million`)
        },
      },
    )
    now += DAY
    await store.tidy()
    const seconds = (performance.now() - startedAt) / 1_000
    const used = process.cpuUsage(cpu)
    const { bytes } = await store.usage()
    await store.close()
    return { readings: report.readings, seconds, cpuSeconds: (used.user + used.system) / 1e6, bytes }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same district by MQTT in packs of 20, as fast as it is acknowledged: readings a second until stored. */
async function byMqtt(options: HistoryBenchOptions): Promise<number> {
  return await withPlatform(options, { commandCenter: false }, async (platform) => {
    const simulator = startChild('./simulator-load.ts')
    try {
      const job = { port: platform.mqttPort, sensors: SERIES, connections: 50, readingsPerMessage: 20 }
      simulator.send({ ...job, seconds: MQTT_SECONDS })
      const sent = await simulator.next(isSimulatorResult)
      const startedAt = performance.now()
      await allStored(platform.store, sent.acknowledgedReadings)
      return sent.acknowledgedReadings / (sent.seconds + (performance.now() - startedAt) / 1_000)
    } finally {
      simulator.kill()
    }
  })
}
