import { setTimeout as wait } from 'node:timers/promises'
import { seriesIdOf } from '@quartier/contracts'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import type { TrackedDevice } from '../load/tracked-publisher.ts'

const TICK_MS = 20

/** Publishes at a steady rate, the devices in turn. */
export function publishSteadily(devices: readonly TrackedDevice[], rate: number) {
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
  storeSocket: string,
  timeOf: (sequence: number) => number,
): Promise<Comparison> {
  const store = await connectStore(storeSocket)
  const ids = devices.map((d) => seriesIdOf(`${source}/${d.device}/n`))
  const result = { acknowledged: 0, lost: 0, wrong: 0, stored: 0, surplus: 0 }
  await until('the store to follow', 60_000, async () => {
    const last = await store.last(ids)
    return devices.every((d, i) => (last.value[i] ?? -1) >= d.acknowledged() - 1)
  })
  for (const [d, device] of devices.entries()) {
    const [range] = await store.range(ids.slice(d, d + 1), 0, 8.64e15)
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

export async function until(what: string, limitMs: number, good: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await good())) {
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`)
    await wait(10)
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
