import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { Link } from '../mqtt/link.ts'
import type { Probes } from './probes.ts'
import type { Sample } from './report.ts'
import type { Sender } from './sender.ts'
import { createUsage, type Process } from './usage.ts'

export interface SamplerDeps {
  readonly sender: Sender
  readonly probes: Probes
  readonly links: readonly Link[]
  readonly store: TelemetryStore
  readonly processes: () => readonly Process[]
  readonly onSample: (sample: Sample) => void
}

/** Looks at a run once a second. */
export interface Sampler {
  readonly samples: readonly Sample[]
  /** CPU-seconds by process so far. */
  readonly cpuSeconds: Readonly<Record<string, number>>
  /** Takes a sample when a second has passed and none is being taken. */
  turn(now: number): void
  /** Resolves when no sample is being taken. */
  settle(): Promise<void>
}

/** The name of this process in samples. */
export const GENERATOR = 'load generator'

export async function createSampler(deps: SamplerDeps, startedAt: number): Promise<Sampler> {
  const { sender, probes, links, store } = deps
  const usage = createUsage(() => [...deps.processes(), { name: GENERATOR, pid: process.pid }])
  const samples: Sample[] = []
  const cpuSeconds: Record<string, number> = {}
  let last = { at: startedAt, stored: (await store.usage()).readings, ...countsOf(sender) }
  let sampling: Promise<void> | undefined
  usage(0)
  const take = async (at: number) => {
    // A store that does not answer just now has stored nothing that one could see.
    const stored = (await store.usage().catch(() => undefined))?.readings ?? last.stored
    const seconds = (at - last.at) / 1_000
    const [recent, seen, processes] = [sender.takeRecent(), probes.takeRecent(), usage(seconds)]
    for (const p of processes) cpuSeconds[p.name] = (cpuSeconds[p.name] ?? 0) + p.cpu * seconds
    const current = countsOf(sender)
    const sample: Sample = {
      second: Math.round((at - startedAt) / 1_000),
      due: (current.due - last.due) / seconds,
      sent: (current.sent - last.sent) / seconds,
      acknowledged: (current.acknowledged - last.acknowledged) / seconds,
      stored: (stored - last.stored) / seconds,
      waiting: sender.waiting(),
      underWay: sender.underWay(),
      connected: links.reduce((n, l) => n + Number(l.connected), 0),
      acknowledgedP50: recent.count ? recent.quantile(0.5) : null,
      acknowledgedP99: recent.count ? recent.quantile(0.99) : null,
      queryableP50: seen.count ? seen.quantile(0.5) : null,
      queryableMax: seen.count ? seen.max : null,
      processes,
    }
    samples.push(sample)
    last = { at, stored, ...current }
    deps.onSample(sample)
  }
  return {
    samples,
    cpuSeconds,
    turn: (now) => {
      if (sampling || now - last.at < 1_000) return
      sampling = take(now).finally(() => {
        sampling = undefined
      })
    },
    settle: async () => {
      await sampling
    },
  }
}

const countsOf = ({ counts }: Sender) => ({
  due: counts.dueReadings,
  sent: counts.sentReadings,
  acknowledged: counts.acknowledgedReadings,
})
