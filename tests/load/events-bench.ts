import { join } from 'node:path'
import type { EventReader } from '@quartier/contracts/event-store'
import { openEmbeddedEventReader } from '@quartier/contracts/event-store/embedded'
import { type BenchPlatform, cpuByName, type StartPlatform, sharesSince, withPlatform } from './bench-platform.ts'
import { generate, type Loaded } from './bench-process.ts'
import { type BenchRow, rowOf } from './bench-row.ts'

export interface EventsBenchOptions {
  readonly startPlatform: StartPlatform
  /** Seconds of each run under load. */
  readonly seconds: number
  readonly runs: number
  readonly onProgress?: (line: string) => void
}

const ALL = { from: 0, to: 1e15 }

/**
 * Events per CPU-second through to stored, from plain JSON with one event to a message: all our processes, from the first
 * message until every event is acknowledged, durable in the event store, and no two are one. A run counts only when
 * the store returns the exact count and checksum of what was acknowledged. Searches are timed on what was stored.
 */
export async function runEventsBench(options: EventsBenchOptions): Promise<BenchRow[]> {
  const say = options.onProgress ?? (() => {})
  const figures: number[] = []
  const rates: number[] = []
  const searches: number[] = []
  const cameras: number[] = []
  let note = ''
  let cameraNote = ''
  for (let run = 0; run < options.runs; run++) {
    const figure = await withPlatform(options, { commandCenter: false }, (p) => measure(p, options.seconds, 'event'))
    figures.push(figure.perCpuSecond)
    rates.push(figure.perSecond)
    searches.push(...figure.searchMs)
    note = figure.note
    say(`events: ${thousands(figure.perCpuSecond)} per CPU-second, ${thousands(figure.perSecond)} per second (${note})`)
    const camera = await withPlatform(options, { commandCenter: false }, (p) => measure(p, options.seconds, 'frigate'))
    cameras.push(camera.perCpuSecond)
    cameraNote = camera.note
    say(`Frigate: ${thousands(camera.perCpuSecond)} messages per CPU-second, one event each (${camera.note})`)
  }
  const camera = { name: 'Frigate, an event a message', unit: 'messages/CPU-s', must: 80_000, reach: 150_000 }
  return [
    rowOf({ ...camera, note: cameraNote }, cameras),
    rowOf({ name: 'events stored', unit: 'events/CPU-s', must: 40_000, reach: 100_000, note }, figures),
    rowOf({ name: 'the same by the clock', unit: 'events/s', must: 20_000 }, rates),
    rowOf({ name: 'search among them, 100 newest of one kind and device', unit: 'ms', smaller: true }, searches),
  ]
}

const jobFor = (format: 'event' | 'frigate', port: number, seconds: number, startAt: number) => ({
  ...{ port, seconds, startAt, connections: 200, streamsPerConnection: 10, format, readings: 1 },
  ...{ source: 'bench', stepMs: 1, window: 100, onePerSegment: false },
})

async function measure(platform: BenchPlatform, seconds: number, format: 'event' | 'frigate') {
  const reader = openEmbeddedEventReader({ path: join(platform.data, 'store', 'events.db') })
  const pids = () => platform.pids().map((p) => p.pid)
  const hourAgo = Date.now() - 3_600_000
  const warm = await generate(jobFor(format, platform.mqttPort, 1, hourAgo - 3_600_000), () => [])
  await allStored(reader, warm.readings)
  const before = cpuByName(platform)
  const loaded = await generate(jobFor(format, platform.mqttPort, seconds, hourAgo), pids)
  await allStored(reader, warm.readings + loaded.readings)
  const shares = sharesSince(platform, before)
  const cpu = shares.reduce((sum, s) => sum + s.cpuSeconds, 0)
  const bytes = await mustHold(reader, warm, loaded)
  const searchMs = await searchTimes(reader)
  await reader.close()
  const split = shares.map((s) => `${s.name} ${Math.round((s.cpuSeconds / cpu) * 100)} %`).join(', ')
  return {
    perCpuSecond: loaded.readings / cpu,
    perSecond: loaded.readings / loaded.seconds,
    searchMs,
    note: `CPU: ${split}; ${Math.round(bytes)} bytes an event on disk`,
  }
}

async function allStored(reader: EventReader, events: number): Promise<void> {
  const end = Date.now() + 120_000
  for (;;) {
    const { events: held } = await reader.usage()
    if (held >= events) return
    if (Date.now() > end) throw new Error(`the store holds ${held} of ${events} acknowledged events`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Reads everything back; returns the bytes that an event takes. */
async function mustHold(reader: EventReader, ...loads: readonly Loaded[]): Promise<number> {
  const wanted = loads.reduce((sum, load) => sum + load.readings, 0)
  const checksum = loads.reduce((sum, load) => sum + load.checksum, 0)
  const ids = new Set<string>()
  let sum = 0
  for (let before: string | undefined; ; ) {
    const page = await reader.search({ ...ALL, limit: 1000, before })
    for (const event of page.events) {
      ids.add(event.id)
      sum += Number(event.attributes.count ?? 0)
    }
    before = page.next
    if (before === undefined) break
  }
  if (ids.size !== wanted || sum !== checksum)
    throw new Error(
      `the run does not count: ${wanted} events were acknowledged, ${ids.size} are stored (${checksum}, ${sum})`,
    )
  const { bytes, events } = await reader.usage()
  return bytes / events
}

async function searchTimes(reader: EventReader): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < 20; i++) {
    const startedAt = performance.now()
    const device = `bench/c${i * 7}-${i % 10}`
    await reader.search({ ...ALL, kinds: ['line-crossed', 'lift-fault'], devices: [device], limit: 100 })
    times.push(performance.now() - startedAt)
  }
  return times
}

const thousands = (n: number): string => `${Math.round(n / 1_000).toLocaleString('en')}k`
