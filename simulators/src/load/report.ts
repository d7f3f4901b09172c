import type { SourceTotals } from '@quartier/contracts/ledger'
import type { Settled } from './account.ts'
import type { Latency } from './histogram.ts'
import type { Profile } from './profile.ts'
import { GENERATOR } from './sampler.ts'
import type { SendCounts } from './sender.ts'
import type { ProcessSample } from './usage.ts'

/** One second of a run. */
export interface Sample {
  /** Seconds since the first message. */
  readonly second: number
  /** Readings a second. */
  readonly due: number
  readonly sent: number
  readonly acknowledged: number
  readonly stored: number
  /** Messages due and not sent, and sent and not acknowledged. */
  readonly waiting: number
  readonly underWay: number
  readonly connected: number
  /** From due to acknowledged and to queryable, ms; null when nothing came. */
  readonly acknowledgedP50: number | null
  readonly acknowledgedP99: number | null
  readonly queryableP50: number | null
  readonly queryableMax: number | null
  readonly processes: readonly ProcessSample[]
}

export interface Machine {
  readonly processors: number
  readonly model: string
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Time to make 4 kB durable where the data is, ms. */
  readonly syncMs: number
}

export interface Goal {
  readonly name: string
  readonly asked: string
  readonly reached: string
  readonly met: boolean
}

/** Everything that a load test found; the HTML page is drawn from nothing else. */
export interface LoadReport {
  readonly version: string
  readonly commit: string
  readonly profile: Profile
  readonly startedAt: string
  readonly seconds: number
  readonly target: string
  readonly source: string
  readonly machine: Machine
  readonly counts: Readonly<SendCounts>
  readonly settled: Settled
  /** What the platform's own ledger says about the source. */
  readonly ledger: SourceTotals | null
  /** Readings sent in a second of the time at full rate, on average. */
  readonly readingsPerSecond: number
  readonly latency: { readonly acknowledged: Latency; readonly queryable: Latency; readonly neverSeen: number }
  readonly peakMemoryMb: number
  /** CPU-seconds by process. */
  readonly cpuSeconds: Readonly<Record<string, number>>
  /** What was exhausted first, in words. */
  readonly saturation: string
  /** Reasons why the run does not prove what it should; empty when it does. */
  readonly doubts: readonly string[]
  readonly goals: readonly Goal[]
  readonly verdict: 'passed' | 'failed' | 'inconclusive'
  readonly samples: readonly Sample[]
}

type Measured = Omit<LoadReport, 'goals' | 'verdict' | 'saturation' | 'doubts'>

/** The verdict against the goals of the profile. */
export function judge(run: Measured): LoadReport {
  const { goals: asked } = run.profile
  const { settled, latency, ledger } = run
  const goals: Goal[] = [
    goal('Readings lost', asked.lost, settled.lost, number),
    {
      name: 'Stored and never sent',
      asked: '0',
      reached: number(settled.unexpected),
      met: settled.unexpected === 0,
    },
  ]
  if (asked.balanced)
    goals.push({
      name: 'Ledger of the platform',
      asked: 'balanced',
      reached: ledger ? (ledger.balanced ? 'balanced' : `off by ${number(ledger.difference)}`) : 'nothing in it',
      met: ledger?.balanced === true,
    })
  if (asked.p99Ms !== null) goals.push(goal('Due to queryable, p99', asked.p99Ms, latency.queryable.p99, ms))
  if (asked.acknowledgedP99Ms !== null)
    goals.push(goal('Due to acknowledged, p99', asked.acknowledgedP99Ms, latency.acknowledged.p99, ms))
  if (asked.memoryMb !== null) goals.push(goal('Memory of the platform', asked.memoryMb, run.peakMemoryMb, mb))
  const doubts = doubtsOf(run)
  const missed = goals.some((g) => !g.met)
  const verdict = missed ? 'failed' : doubts.length > 0 ? 'inconclusive' : 'passed'
  return { ...run, goals, doubts, verdict, saturation: saturationOf(run) }
}

const goal = (name: string, most: number, reached: number, words: (n: number) => string): Goal => ({
  name,
  asked: `at most ${words(most)}`,
  reached: Number.isNaN(reached) ? 'not measured' : words(reached),
  met: reached <= most,
})

const number = (n: number): string => n.toLocaleString('en')
const ms = (n: number): string =>
  n >= 10_000 ? `${(n / 1_000).toFixed(1)} s` : `${Math.round(n).toLocaleString('en')} ms`
const mb = (n: number): string => `${Math.round(n).toLocaleString('en')} MB`

/** A generator that was at its limit measured itself. */
function doubtsOf({ samples, settled, counts }: Measured): string[] {
  const doubts: string[] = []
  const busy = samples.filter((s) => (s.processes.find((p) => p.name === GENERATOR)?.cpu ?? 0) > 0.95).length
  if (busy > samples.length / 4)
    doubts.push(`The load generator itself was at its limit for ${busy} of ${samples.length} s.`)
  if (counts.sentMessages === 0) doubts.push('Nothing was sent.')
  const open = settled.sent - settled.acknowledged
  if (open > 0)
    doubts.push(`${number(open)} readings were sent and never acknowledged; whether they are stored is left to chance.`)
  return doubts
}

/** What was exhausted first: the first signs in order of time. */
function saturationOf({ samples, machine, profile }: Measured): string {
  const steady = samples.filter((s) => s.second > profile.ramp)
  for (const [i, s] of steady.entries()) {
    const lasting = (what: (x: Sample) => boolean) =>
      steady.slice(i, i + 3).length === 3 && steady.slice(i, i + 3).every(what)
    const full = s.processes.find((p) => p.cpu > 0.95)
    if (full && lasting((x) => (x.processes.find((p) => p.name === full.name)?.cpu ?? 0) > 0.95))
      return `One processor: ${full.name} used all of one from second ${s.second}.`
    const all = (x: Sample) => x.processes.reduce((sum, p) => sum + p.cpu, 0)
    if (lasting((x) => all(x) > 0.92 * machine.processors)) {
      const most = s.processes.toSorted((a, b) => b.cpu - a.cpu)[0]!
      return `The processors of the machine, from second ${s.second}; most of them went to ${most.name}.`
    }
    if (lasting((x) => x.waiting > x.due / Math.max(1, profile.readingsPerMessage) && x.waiting > 100))
      return `The gateway's acknowledgements: messages waited for room from second ${s.second}.`
  }
  return 'Nothing: no processor and no queue was full.'
}
