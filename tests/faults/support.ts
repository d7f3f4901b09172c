import { setTimeout as wait } from 'node:timers/promises'
import { seriesIdOf } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { TrackedDevice } from '../load/tracked-publisher.ts'

const TICK_MS = 20
const LATE_MS = 1_000
const AT_ONCE = 100
const FOLLOWS_MS = 600_000

/** Publishes at a steady rate, the devices in turn; after a pause of this process it makes up for a second at most. */
export function publishSteadily(devices: readonly TrackedDevice[], rate: number) {
  let due = 0
  let next = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    due += (rate * Math.min(now - last, LATE_MS)) / 1_000
    last = now
    for (; due >= 1; due--) devices[next++ % devices.length]?.publish()
  }, TICK_MS)
  return { stop: () => clearInterval(timer) }
}

export interface Comparison {
  readonly acknowledged: number
  readonly lost: number
  readonly wrong: number
  readonly stored: number
  /** Readings in the store that no device sent, or that are there twice. */
  readonly surplus: number
}

/** Holds the store against what was acknowledged: every such reading once, with its value. */
export async function compareStore(
  devices: readonly TrackedDevice[],
  source: string,
  store: TelemetryStore,
  timeOf: (sequence: number) => number,
): Promise<Comparison> {
  const ids = devices.map((d) => seriesIdOf(`${source}/${d.device}/n`))
  const result = { acknowledged: 0, lost: 0, wrong: 0, stored: 0, surplus: 0 }
  const follows = async () => {
    const last = await store.last(ids)
    return devices.every((d, i) => (last.value[i] ?? -1) >= d.acknowledged() - 1)
  }
  await until('the store to follow', FOLLOWS_MS, follows, 200)
  for (let from = 0; from < devices.length; from += AT_ONCE) {
    const ranges = await store.range(ids.slice(from, from + AT_ONCE), 0, 8.64e15)
    for (const [i, range] of ranges.entries()) {
      const device = devices[from + i] as TrackedDevice
      const times = range.measuredAt
      const rowOf = new Map(Array.from(times, (t, row) => [t, row]))
      result.stored += times.length
      result.surplus += times.length - rowOf.size + Math.max(0, rowOf.size - device.sent())
      result.acknowledged += device.acknowledged()
      for (let n = 0; n < device.acknowledged(); n++) {
        const row = rowOf.get(timeOf(n))
        if (row === undefined) result.lost++
        else if (range.value[row] !== n) result.wrong++
      }
    }
  }
  return result
}

/** Asks again and again, with pauses of `everyMs`, until the answer is yes; throws after `limitMs`. */
export async function until(
  what: string,
  limitMs: number,
  good: () => boolean | Promise<boolean>,
  everyMs = 10,
): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await good())) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`)
    await wait(everyMs)
  }
}

/** Small seeded generator (mulberry32), uniform in [0, 1). */
export function seeded(seed: number): () => number {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
