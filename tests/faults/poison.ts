import { setTimeout as wait } from 'node:timers/promises'
import { createColumns, encodeBatch, READINGS, seriesIdOf, topic } from '@quartier/contracts'
import type { Fault } from './fault.ts'
import type { Findings } from './findings.ts'
import { deadLetters, ledgerBalances, settledLedger } from './ledger-check.ts'
import { seeded } from './support.ts'
import type { Trial } from './trial.ts'
import { underLoad } from './under-load.ts'

const RATE = 5_000
const POISON = 'poison'
const MOST_MORE_BYTES = 300e6

/** Records that no gateway of ours writes, appended among those that it does; ingest is killed in the middle of it. */
export const poison: Fault = {
  name: 'poison',
  title: ({ quick }) =>
    `${roundsOf(quick) * KINDS.length * topic(READINGS).partitions} poison records in readings.v1 beside ${RATE} readings/s`,
  run(options) {
    const random = seeded(options.seed)
    const load = { devices: 50, rate: RATE, memory: MOST_MORE_BYTES }
    return underLoad(options, load, async ({ trial, findings }) => {
      await wait(1_000)
      const placed: Placed[] = []
      const rounds = roundsOf(options.quick)
      for (let round = 0; round < rounds; round++) {
        placed.push(...(await placeAll(trial, random, round)))
        if (round === rounds >> 1) trial.kill('ingest')
        await wait(20)
      }
      await explained(findings, trial, placed)
    })
  },
}

const roundsOf = (quick: boolean): number => (quick ? 5 : 100)

/** What the dead letters must say about one record: how many readings of it were refused, or that it was unreadable. */
type Expected = { readonly reason: string } | { readonly accepted: number; readonly refused: readonly string[] }
interface Kind {
  readonly what: string
  readonly expected: Expected
  /** @param n different for every record of a kind */
  make(random: () => number, n: number): Uint8Array
}
interface Placed {
  readonly partition: number
  readonly offset: number
  readonly kind: Kind
}

const corrupt = { reason: 'record-corrupt' }
const whole = () =>
  encode(
    'whole',
    Array.from({ length: 8 }, (_, i) => ({ value: i, ahead: -i })),
  )
const KINDS: readonly Kind[] = [
  { what: 'nothing', expected: corrupt, make: () => new Uint8Array(0) },
  { what: 'one byte', expected: corrupt, make: () => Uint8Array.of(0x51) },
  { what: 'noise', expected: corrupt, make: (random) => Uint8Array.from({ length: 4_096 }, () => random() * 256) },
  { what: 'zeros, 8 MB', expected: corrupt, make: () => new Uint8Array(8e6) },
  { what: 'half a batch', expected: corrupt, make: () => whole().subarray(0, whole().length >> 1) },
  { what: 'four billion rows announced', expected: corrupt, make: () => patched(8, 0xffffffff) },
  { what: 'counts longer than the record', expected: corrupt, make: () => patched(12, 0x7fffffff) },
  { what: 'counts that are no JSON', expected: corrupt, make: () => withoutCounts() },
  { what: 'a version to come', expected: { reason: 'record-version' }, make: () => patched(4, 9) },
  {
    what: 'values and times that cannot be',
    expected: { accepted: 2, refused: ['not-finite', 'no-time', 'future', 'too-late'] },
    make: (_, n) => wildBatch(n),
  },
]

async function placeAll(trial: Trial, random: () => number, round: number): Promise<Placed[]> {
  const placed: Placed[] = []
  for (let partition = 0; partition < topic(READINGS).partitions; partition++)
    for (const kind of KINDS) {
      const value = kind.make(random, round * 10 + partition)
      const [at] = await trial.log.append(READINGS, [{ key: POISON, partition, value }])
      if (at) placed.push({ ...at, kind })
    }
  return placed
}

/** Promises one dead letter for every unreadable record, and one for every reason among the readings of the others. */
async function explained(findings: Findings, trial: Trial, placed: readonly Placed[]): Promise<void> {
  const wild = placed.filter(({ kind }) => 'accepted' in kind.expected)
  const received = wild.length * (2 + WILD.length)
  const sums = ledgerBalances(findings, await settledLedger(trial.log, { [POISON]: { accepted: received } }), POISON)
  findings.promise(
    sums.stored + sums.corrections + sums.duplicates === wild.length * 2,
    `of ${received} readings in poisoned batches the good ${wild.length * 2} are stored, the others are not`,
  )
  let right = 0
  const letters = Map.groupBy(await deadLetters(trial.log), (l) => l.origin.split(':').slice(1, 3).join(':'))
  for (const { partition, offset, kind } of placed) {
    const reasons = (letters.get(`${partition}:${offset}`) ?? []).map((l) => l.reason).sort()
    const wanted = 'reason' in kind.expected ? [kind.expected.reason] : [...kind.expected.refused].sort()
    if (reasons.join() === wanted.join()) right++
    else findings.note(`${kind.what} at ${partition}:${offset}: dead letters ${reasons.join(', ') || 'none'}`)
  }
  findings.promise(
    right === placed.length,
    `${right} of ${placed.length} records are explained by exactly the dead letters that they deserve, ingest killed in between`,
  )
}

const WILD = [
  { value: Number.NaN, ahead: 0 },
  { value: Number.NEGATIVE_INFINITY, ahead: 0 },
  { value: 1, ahead: 9e15 },
  { value: 1, ahead: 7_200_000 },
  { value: 1, ahead: -40 * 86_400_000 },
] as const

/** Two readings that are right, of a series that nobody defined, among others that are not. */
function wildBatch(n: number): Uint8Array {
  return encode(`wild-${n}`, [{ value: n, ahead: -1 }, ...WILD, { value: n, ahead: -2 }])
}

function encode(device: string, rows: readonly { readonly value: number; readonly ahead: number }[]): Uint8Array {
  const columns = createColumns(rows.length)
  columns.length = rows.length
  const { lo, hi } = seriesIdOf(`${POISON}/${device}/n`)
  const now = Date.now()
  for (const [i, { value, ahead }] of rows.entries()) {
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = now + ahead
    columns.receivedAt[i] = now
    columns.value[i] = value
  }
  const count = { received: rows.length, accepted: rows.length, rejected: {} }
  return encodeBatch({
    columns,
    counts: [{ source: POISON, messages: { received: 1, accepted: 1, rejected: {} }, readings: count, untimed: 0 }],
  })
}

/** A batch with another number at one place of its header. */
function patched(at: number, value: number): Uint8Array {
  const bytes = whole()
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (at === 4) view.setUint16(at, value, true)
  else view.setUint32(at, value, true)
  return bytes
}

function withoutCounts(): Uint8Array {
  const bytes = whole()
  bytes.fill(0x7b, bytes.length - 20)
  return bytes
}
