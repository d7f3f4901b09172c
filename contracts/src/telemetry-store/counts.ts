import { CORRECTION, STORED } from './fold.ts'
import type { StoreCounts } from './port.ts'

export interface SourceTally {
  source: string
  stored: number
  duplicates: number
  corrections: number
  undecided: number
}

/** What the store found in one range of offsets, until somebody has taken it. */
export interface CountRange {
  readonly partition: number
  readonly firstOffset: number
  nextOffset: number
  /** The flush that makes its rows durable. */
  readonly flush: number
  readonly sources: SourceTally[]
  undecided: number
  /** Handed out settled: the next call of `take` means that the caller has it. */
  taken: boolean
  /** Handed out at all: it must keep its bounds. */
  shown: boolean
}

/** Counts as a flush keeps them; `undecidedPlaces` are places in `counts` that the verdict over a row goes to. */
export interface KeptCounts {
  readonly counts: readonly StoreCounts[]
  readonly undecidedRows: Uint32Array
  readonly undecidedPlaces: Uint32Array
}

/** A late row of a window, whose verdict comes with the flush. */
export interface Undecided {
  readonly row: number
  readonly range: CountRange
  readonly source: string
}

/**
 * Counts by offset range and source. They are handed out as soon as they are settled, kept with the next flush until then,
 * and given once more after a crash that came before the call that follows: at least once, always for the same range
 * or for one that covers a replay.
 */
export class Counts {
  #ranges: CountRange[] = []
  #undecided: Undecided[] = []

  /** Counts that the last run of the process kept. */
  restore(kept: readonly StoreCounts[]): void {
    for (const c of kept) {
      const range = this.open(c.partition, c.firstOffset, c.nextOffset, 0)
      const { source, stored, duplicates, corrections } = c
      range.sources.push({ source, stored, duplicates, corrections, undecided: 0 })
      range.shown = true
      this.#ranges.push(range)
    }
  }

  open(partition: number, firstOffset: number, nextOffset: number, flush: number): CountRange {
    return { partition, firstOffset, nextOffset, flush, sources: [], undecided: 0, taken: false, shown: false }
  }

  /** Adds a range whose rows have been counted; it joins its neighbour where both are settled. */
  close(range: CountRange): void {
    range.undecided = range.sources.reduce((n, s) => n + s.undecided, 0)
    this.#merge(range)
  }

  later(row: number, range: CountRange, source: string): void {
    this.#undecided.push({ row, range, source })
  }

  /** Hands over the undecided rows of the window that is full. */
  takeUndecided(): readonly Undecided[] {
    const out = this.#undecided
    this.#undecided = []
    return out
  }

  settle(rows: readonly Undecided[], verdicts: Uint8Array): void {
    for (const { row, range, source } of rows) {
      range.undecided--
      count(range.sources.find((s) => s.source === source) as SourceTally, verdicts[row] as number)
    }
  }

  /** What has not been taken yet; what the call before returned settled is forgotten. */
  take(): StoreCounts[] {
    this.#ranges = this.#ranges.filter((r) => !r.taken)
    for (const range of this.#ranges) {
      range.shown = true
      range.taken = range.undecided === 0
    }
    return this.#ranges.flatMap(flatten)
  }

  /** What flush number `flush` must keep: all up to it that may not have been taken, and whose verdicts are open. */
  toKeep(flush: number, undecided: readonly Undecided[]): KeptCounts {
    const counts: StoreCounts[] = []
    const place = new Map<SourceTally, number>()
    for (const range of this.#ranges) {
      if (range.flush > flush) continue
      for (const tally of range.sources) {
        place.set(tally, counts.length)
        counts.push({ ...boundsOf(range), ...tally })
      }
    }
    const tallyOf = ({ range, source }: Undecided) => range.sources.find((s) => s.source === source) as SourceTally
    return {
      counts,
      undecidedRows: Uint32Array.from(undecided, (u) => u.row),
      undecidedPlaces: Uint32Array.from(undecided, (u) => place.get(tallyOf(u)) as number),
    }
  }

  #merge(range: CountRange): void {
    const before = this.#ranges.findLast((r) => r.partition === range.partition)
    const joins =
      before &&
      !before.shown &&
      before.flush === range.flush &&
      before.undecided === 0 &&
      range.undecided === 0 &&
      before.nextOffset === range.firstOffset
    if (!joins) {
      this.#ranges.push(range)
      return
    }
    before.nextOffset = range.nextOffset
    for (const s of range.sources) {
      const tally = before.sources.find((t) => t.source === s.source)
      if (!tally) before.sources.push(s)
      else {
        tally.stored += s.stored
        tally.duplicates += s.duplicates
        tally.corrections += s.corrections
      }
    }
  }
}

function flatten(range: CountRange): StoreCounts[] {
  return range.sources.map((s) => ({ ...boundsOf(range), ...s }))
}

function boundsOf({ partition, firstOffset, nextOffset }: CountRange) {
  return { partition, firstOffset, nextOffset }
}

/** The counts as they stand once the verdicts over the undecided rows are known. */
export function withVerdicts(kept: KeptCounts, verdicts: Uint8Array | undefined): StoreCounts[] {
  const tallies = kept.counts.map((c) => ({ ...c }))
  kept.undecidedRows.forEach((row, i) => {
    const tally = tallies[kept.undecidedPlaces[i] as number]
    if (tally) count(tally, verdicts?.[row] ?? STORED)
  })
  return tallies
}

function count(tally: SourceTally, verdict: number): void {
  tally.undecided--
  if (verdict === STORED) tally.stored++
  else if (verdict === CORRECTION) tally.corrections++
  else tally.duplicates++
}
