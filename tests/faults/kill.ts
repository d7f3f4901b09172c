import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { seriesIdOf } from '@quartier/contracts'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import { paths } from '../../infra/cli/src/installation.ts'
import { type Platform, startPlatform } from '../../infra/cli/src/platform.ts'
import type { ServiceName } from '../../infra/cli/src/services.ts'
import { type TrackedDevice, trackedDevice } from '../load/tracked-publisher.ts'

export interface KillOptions {
  readonly kills: number
  /** Readings per second, all devices together. */
  readonly rate: number
  readonly devices: number
  readonly seed: number
  readonly onKill?: (n: number, what: string, liveAgainMs: number) => void
}

export interface KillReport {
  readonly kills: number
  readonly acknowledged: number
  readonly lost: number
  readonly wrong: number
  readonly stored: number
  /** Readings in the store that no device sent, or that are there twice. */
  readonly surplus: number
  /** Milliseconds from each kill until readings are acknowledged and queries answered again. */
  readonly liveAgainMs: readonly number[]
}

const TICK_MS = 20
const TARGETS: readonly (readonly ServiceName[])[] = [['gateway'], ['ingest'], ['gateway', 'ingest', 'command-center']]

/**
 * Kills services with SIGKILL at random moments under load, then holds the store against what was acknowledged: every
 * acknowledged reading must be there exactly once, with its value.
 */
export async function killUnderLoad(options: KillOptions): Promise<KillReport> {
  const data = mkdtempSync(join(tmpdir(), 'quartier-kill-'))
  const random = mulberry(options.seed)
  const mqttPort = 20_000 + Math.floor(random() * 20_000)
  const platform = await startPlatform({
    sensors: 0,
    seed: 0,
    port: 0,
    mqttPort,
    data,
    speed: 1,
    logLevel: 'error',
    processes: true,
    demo: false,
    anonymous: true,
  })
  const startedAt = Date.now()
  const timeOf = (sequence: number) => startedAt - 3_600_000 + sequence * 10
  const devices = Array.from({ length: options.devices }, (_, d) =>
    trackedDevice({ port: mqttPort, source: 'fault', device: `d${d}`, timeOf }),
  )
  const load = publishSteadily(devices, options.rate)
  const liveAgainMs: number[] = []
  try {
    await wait(2_000)
    for (let n = 0; n < options.kills; n++) {
      await wait(300 + random() * 2_500)
      const target = TARGETS[Math.floor(random() * TARGETS.length)] as readonly ServiceName[]
      const killedAt = Date.now()
      for (const name of target) kill(platform, name)
      await liveAgain(devices, data)
      liveAgainMs.push(Date.now() - killedAt)
      options.onKill?.(n + 1, target.join(' + '), Date.now() - killedAt)
    }
    load.stop()
    await until(() => devices.every((d) => d.acknowledged() === load.published(d)), 60_000)
    return { kills: options.kills, liveAgainMs, ...(await compare(devices, data, timeOf)) }
  } finally {
    load.stop()
    for (const device of devices) device.close()
    await platform.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

function publishSteadily(devices: readonly TrackedDevice[], rate: number) {
  const counts = new Map<TrackedDevice, number>()
  let due = 0
  let next = 0
  const timer = setInterval(() => {
    due += (rate * TICK_MS) / 1_000
    for (; due >= 1; due--) {
      const device = devices[next++ % devices.length] as TrackedDevice
      counts.set(device, (counts.get(device) ?? 0) + 1)
      device.publish()
    }
  }, TICK_MS)
  return { published: (d: TrackedDevice) => counts.get(d) ?? 0, stop: () => clearInterval(timer) }
}

function kill(platform: Platform, name: ServiceName): void {
  const pid = platform.services.find((s) => s.name === name)?.pid
  try {
    if (pid) process.kill(pid, 'SIGKILL')
  } catch {
    // It was already gone: another kill of this round had hit it.
  }
}

async function liveAgain(devices: readonly TrackedDevice[], data: string): Promise<void> {
  const before = devices.map((d) => d.acknowledged())
  await until(() => devices.some((d, i) => d.acknowledged() > (before[i] as number)), 30_000)
  const store = await connectStore(paths(data).storeSocket)
  await until(async () => {
    try {
      await store.usage()
      return true
    } catch {
      return false
    }
  }, 30_000)
  await store.close()
}

async function compare(devices: readonly TrackedDevice[], data: string, timeOf: (n: number) => number) {
  const store = await connectStore(paths(data).storeSocket)
  const result = { acknowledged: 0, lost: 0, wrong: 0, stored: 0, surplus: 0 }
  await until(async () => {
    const last = await store.last(devices.map((d) => seriesIdOf(`fault/${d.device}/n`)))
    return devices.every((d, i) => (last.value[i] ?? -1) >= d.acknowledged() - 1)
  }, 60_000)
  for (const device of devices) {
    const [range] = await store.range([seriesIdOf(`fault/${device.device}/n`)], 0, Number.MAX_SAFE_INTEGER)
    const times = range?.measuredAt ?? new Float64Array(0)
    const rowOf = new Map(Array.from(times, (t, i) => [t, i]))
    result.stored += times.length
    result.surplus += times.length - rowOf.size + Math.max(0, rowOf.size - device.sent())
    result.acknowledged += device.acknowledged()
    for (let n = 0; n < device.acknowledged(); n++) {
      const row = rowOf.get(timeOf(n))
      if (row === undefined) result.lost++
      else if (range?.value[row] !== n) result.wrong++
    }
  }
  await store.close()
  return result
}

async function until(good: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await good())) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms`)
    await wait(10)
  }
}

/** Small seeded generator (mulberry32), uniform in [0, 1). */
function mulberry(seed: number): () => number {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
