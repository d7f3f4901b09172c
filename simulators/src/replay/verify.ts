import { setTimeout as pause } from 'node:timers/promises'
import { type Conversion, converted } from '@quartier/contracts'
import type { SeriesRange, TelemetryStore } from '@quartier/contracts/telemetry-store'
import { createChecksum } from './checksum.ts'
import type { ReplayPlan } from './plan.ts'

export interface Verification {
  /** Everything sent is in the store, once and with its value, and nothing else of these series in that time. */
  readonly equal: boolean
  readonly expected: number
  readonly found: number
  readonly missing: number
  /** In the store with another value. */
  readonly different: number
  /** In the store, but not in the plan. */
  readonly unexpected: number
  /** Of what was found, in the file's units, to hold against the report's. */
  readonly checksum: string
  /** The first differences, in words. */
  readonly examples: readonly string[]
}

type Difference = 'missing' | 'different' | 'unexpected'

/** Series read back in one query, and differences told in words. */
const AT_ONCE = 256
const MOST_EXAMPLES = 10

export interface VerifyOptions {
  /** How long to wait until all of it can be read, ms; the store follows the log by a moment. */
  readonly patienceMs?: number
  /** How the platform converts readings of the series with this key on their way into the store. */
  readonly conversion?: (key: string) => Conversion | undefined
}

/**
 * Reads every reading of a replay back and compares it exactly with the file's.
 * @param startAt as in the replay's report
 */
export async function verifyReplay(
  plan: ReplayPlan,
  store: Pick<TelemetryStore, 'range'>,
  startAt: number,
  { patienceMs = 0, conversion = () => undefined }: VerifyOptions = {},
): Promise<Verification> {
  const deadline = performance.now() + patienceMs
  const conversions = plan.model.series.map(({ key }) => conversion(key))
  for (let wait = 100; ; wait = Math.min(wait * 2, 2_000)) {
    const result = await compare(plan, store, startAt, conversions)
    if (result.equal || result.different > 0 || performance.now() + wait > deadline) return result
    await pause(wait)
  }
}

async function compare(
  plan: ReplayPlan,
  store: Pick<TelemetryStore, 'range'>,
  startAt: number,
  conversions: readonly (Conversion | undefined)[],
): Promise<Verification> {
  const expected = bySeries(plan, startAt, conversions)
  const checksum = createChecksum()
  const counts = { missing: 0, different: 0, unexpected: 0 }
  const examples: string[] = []
  let found = 0
  const from = plan.measuredAt(plan.fromAt, startAt)
  const to = plan.measuredAt(plan.toAt, startAt) + 1
  for (let first = 0; first < plan.ids.length; first += AT_ONCE) {
    const ids = plan.ids.slice(first, first + AT_ONCE)
    const most = Math.max(...expected.slice(first, first + AT_ONCE).map((e) => e.at.length))
    const ranges = new Map(
      (await store.range(ids, from, to, most + 1)).map((r) => [`${r.series.hi}/${r.series.lo}`, r]),
    )
    for (const [k, id] of ids.entries()) {
      const range = ranges.get(`${id.hi}/${id.lo}`)
      found += range?.measuredAt.length ?? 0
      const tell = (difference: Difference, at: number) => {
        counts[difference]++
        if (examples.length < MOST_EXAMPLES)
          examples.push(`${difference}: ${plan.model.series[first + k]!.key} at ${new Date(at).toISOString()}`)
      }
      compareSeries(expected[first + k]!, range, tell, (at, value) => checksum.add(id, at, value))
    }
  }
  const equal = counts.missing + counts.different + counts.unexpected === 0
  return { equal, expected: plan.total, found, ...counts, checksum: checksum.text(), examples }
}

interface Expected {
  readonly at: number[]
  /** As the file says, and as the store must have it. */
  readonly sent: number[]
  readonly stored: number[]
}

/** Walks along both, oldest first; `found` hears what is right in the file's unit, and what is wrong as it stands there. */
function compareSeries(
  wanted: Expected,
  range: SeriesRange | undefined,
  tell: (difference: Difference, at: number) => void,
  found: (at: number, value: number) => void,
): void {
  let i = 0
  for (let j = 0; j < (range?.measuredAt.length ?? 0); j++) {
    const at = range!.measuredAt[j]!
    const value = range!.value[j]!
    for (; i < wanted.at.length && wanted.at[i]! < at; i++) tell('missing', wanted.at[i]!)
    const isRight = wanted.at[i] === at && wanted.stored[i] === value
    found(at, isRight ? wanted.sent[i]! : value)
    if (wanted.at[i] !== at) tell('unexpected', at)
    else {
      if (!isRight) tell('different', at)
      i++
    }
  }
  for (; i < wanted.at.length; i++) tell('missing', wanted.at[i]!)
}

/** What each series must hold, oldest first. */
function bySeries(plan: ReplayPlan, startAt: number, conversions: readonly (Conversion | undefined)[]): Expected[] {
  const all = plan.ids.map((): Expected => ({ at: [], sent: [], stored: [] }))
  for (const step of plan.steps()) {
    const at = plan.measuredAt(step.at, startAt)
    for (const [row, series] of step.series.entries()) {
      const value = step.values[row]!
      const conversion = conversions[series]
      all[series]!.at.push(at)
      all[series]!.sent.push(value)
      all[series]!.stored.push(conversion ? converted(value, conversion) : value)
    }
  }
  return all
}
