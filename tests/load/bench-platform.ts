import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import { usageOf } from './process-usage.ts'

/** What a benchmark needs of a running platform; the CLI knows how to start one. */
export interface StartedPlatform {
  /** Of the web interface. */
  readonly url: string
  readonly mqttPort: number
  /** Of MQTT through TLS; 0 without. */
  readonly mqttsPort: number
  readonly storeSocket: string
  /** Processes of the platform, each by name. */
  pids(): readonly { readonly name: string; readonly pid: number }[]
  stop(): Promise<void>
}

export type StartPlatform = (options: {
  readonly data: string
  readonly commandCenter: boolean
  /** Settings by service, over the defaults. */
  readonly settings: Readonly<Record<string, object>>
}) => Promise<StartedPlatform>

export interface PlatformSetup {
  readonly commandCenter: boolean
  readonly settings?: Readonly<Record<string, object>>
  /** Fills the log before anything runs. */
  readonly prepare?: (logFolder: string) => Promise<void>
}

export interface BenchPlatform extends StartedPlatform {
  readonly store: TelemetryStore
  readonly data: string
}

/** Starts a platform on a fresh folder for the time of `work`. */
export async function withPlatform<T>(
  deps: { readonly startPlatform: StartPlatform },
  setup: PlatformSetup,
  work: (platform: BenchPlatform) => Promise<T>,
): Promise<T> {
  const data = mkdtempSync(join(tmpdir(), 'quartier-bench-'))
  try {
    await setup.prepare?.(join(data, 'log'))
    const platform = await deps.startPlatform({
      data,
      commandCenter: setup.commandCenter,
      settings: setup.settings ?? {},
    })
    const store = await connectStore(platform.storeSocket)
    try {
      return await work({ ...platform, store, data })
    } finally {
      await store.close()
      await platform.stop()
    }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

export interface ProcessShare {
  readonly name: string
  readonly cpuSeconds: number
}

/** CPU seconds by process since `before`. */
export function sharesSince(platform: StartedPlatform, before: ReadonlyMap<string, number>): ProcessShare[] {
  return platform
    .pids()
    .map(({ name, pid }) => ({ name, cpuSeconds: usageOf(pid).cpuSeconds - (before.get(name) ?? 0) }))
}

export const cpuByName = (platform: StartedPlatform): Map<string, number> =>
  new Map(platform.pids().map(({ name, pid }) => [name, usageOf(pid).cpuSeconds]))

/** Waits until the store holds as many readings, then makes them durable. Throws when they do not come. */
export async function allStored(store: TelemetryStore, readings: number, limitMs = 120_000): Promise<void> {
  const end = Date.now() + limitMs
  for (;;) {
    const held = (await store.usage()).readings
    if (held >= readings) break
    if (Date.now() > end)
      throw new Error(`the store holds ${held} of ${readings} acknowledged readings after ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await store.flush()
}

/** Count and sum of everything that the store returns of a source. */
export async function readBack(store: TelemetryStore, source: string): Promise<{ count: number; checksum: number }> {
  const series = (await store.series()).filter((s) => s.source === source)
  let count = 0
  let checksum = 0
  for (let from = 0; from < series.length; from += 500) {
    for (const range of await store.range(series.slice(from, from + 500), 0, 8.64e15)) {
      count += range.value.length
      for (const value of range.value) checksum += value
    }
  }
  return { count, checksum }
}

/** Sums of many decimals differ in their last digits with the order of adding. */
export const sameSum = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1)
