import type { Machine } from './report.ts'

/** One trial of a rate. */
export interface Trial {
  /** Readings a second, asked. */
  readonly rate: number
  readonly seconds: number
  readonly held: boolean
  /** Why not, or how well. */
  readonly words: string
  readonly sentPerSecond: number
  readonly lost: number
  readonly p99Ms: number
}

export interface Capacity {
  /** The highest rate that was confirmed over the long run; 0 when none held. */
  readonly rate: number
  readonly confirmed: Trial | undefined
  readonly trials: readonly Trial[]
}

export interface SearchOptions {
  /** Rate to begin with. */
  readonly from: number
  readonly shortSeconds: number
  readonly longSeconds: number
  /** The search ends when the highest rate that held and the lowest that did not are so close: 0.08 is 8 %. */
  readonly within: number
  try(rate: number, seconds: number): Promise<Trial>
}

const GROWTH = 1.7
/** Of a rate that held for a moment and not for long. */
const LESS = 0.85
const MOST_TRIALS = 24

/** Finds the highest rate that holds: grows until one does not, halves the gap, then confirms over a longer time. */
export async function findCapacity(options: SearchOptions): Promise<Capacity> {
  const trials: Trial[] = []
  const attempt = async (rate: number, seconds: number): Promise<Trial> => {
    const trial = await options.try(Math.round(rate), seconds)
    trials.push(trial)
    return trial
  }
  let good = 0
  let bad = Number.POSITIVE_INFINITY
  let rate = options.from
  while (trials.length < MOST_TRIALS && (good === 0 || bad - good > options.within * good)) {
    if ((await attempt(rate, options.shortSeconds)).held) good = rate
    else bad = rate
    if (good === 0) rate = bad / 2
    else rate = Number.isFinite(bad) ? (good + bad) / 2 : good * GROWTH
    if (rate < 10) return { rate: 0, confirmed: undefined, trials }
  }
  for (let long = good; trials.length < MOST_TRIALS && long > options.from / 64; long *= LESS) {
    const confirmed = await attempt(long, options.longSeconds)
    if (confirmed.held) return { rate: confirmed.rate, confirmed, trials }
  }
  return { rate: 0, confirmed: undefined, trials }
}

export interface Measured {
  readonly title: string
  /** What one message carries, and of which format. */
  readonly load: string
  readonly unit: string
  readonly capacity: Capacity
}

export interface Certificate {
  readonly at: string
  readonly version: string
  readonly commit: string
  readonly machine: Machine
  /** Processes that wanted a processor on average in the minute before: what else the machine had to do. */
  readonly loadBefore: number
  readonly command: string
  readonly sensors: number
  readonly measured: readonly Measured[]
}

const n = (value: number): string => Math.round(value).toLocaleString('en')

/** The certificate as Markdown. */
export function certificate(c: Certificate): string {
  const head = `# Capacity of one machine

Measured on ${c.at.slice(0, 10)} with \`${c.command}\`, Quartier ${c.version}, commit ${c.commit}.

| | |
|---|---|
| processors | ${c.machine.processors} × ${c.machine.model} |
| memory | ${c.machine.memoryGb} GB |
| disk | ${c.machine.syncMs.toFixed(1)} ms to make 4 kB durable |
| system | ${c.machine.system}, Node ${c.machine.node} |
| load of others in the minute before | ${c.loadBefore.toFixed(1)}${c.loadBefore > c.machine.processors / 2 ? ': a busy machine, which holds more when it is left alone' : ''} |

The highest rate that this machine held with **no reading lost** and **p99 from due to queryable at most 1 s**, with the load generator on
the same machine:

| load | rate | p99 | over |
|---|---|---|---|
${c.measured.map(summary).join('\n')}
`
  const how = `
## How it was measured

Every trial starts a platform of its own on an empty folder (gateway, ingest, command centre, each a process), makes ${n(c.sensors)} sensors of the
simulated district known to it, and sends for the time that the table says. Messages leave when their time has come, whatever the
platform does. Latency runs from the instant at which a message was due until a query returns its reading, so that a stall of any part
counts in full. At the end every series is asked for: what was acknowledged and is not returned is lost. A rate holds when nothing is
lost or added, the ledger balances, p99 is at most 1 s, at least 98 % of the rate was really sent, and the generator itself was not at its
limit. The rate grows by ${GROWTH} until one does not hold; the gap is halved until it is small; what is left is confirmed over a longer time.
`
  return `${head}${how}${c.measured.map(trialsOf).join('')}`
}

const summary = ({ title, unit, capacity }: Measured): string =>
  capacity.confirmed
    ? `| ${title} | **${n(capacity.rate)} ${unit}** | ${n(capacity.confirmed.p99Ms)} ms | ${capacity.confirmed.seconds} s |`
    : `| ${title} | none held | | |`

function trialsOf({ title, load, capacity }: Measured): string {
  const rows = capacity.trials.map(
    (t) =>
      `| ${n(t.rate)} | ${t.seconds} s | ${n(t.sentPerSecond)} | ${n(t.lost)} | ${Number.isNaN(t.p99Ms) ? '' : `${n(t.p99Ms)} ms`} | ${t.words} |`,
  )
  return `
### ${title}

${load}

| asked, readings/s | over | sent | lost | p99 | |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}
