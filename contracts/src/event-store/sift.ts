import type { EventColumns } from '../events/columns.ts'
import { MARK_HISTORICAL } from '../readings/quality.ts'
import { AHEAD_MS } from './limits.ts'
import { Owners, RecordWords } from './owners.ts'
import type { EventWrite, Whereabouts } from './port.ts'
import type { RecentIds } from './recent.ts'

/** What the store counted of one source in one write. */
export interface SourceTally {
  stored: number
  duplicates: number
  tooLate: number
}

/** Rows of several columns that are to be stored. */
export interface Sifted {
  readonly columns: EventColumns[]
  readonly words: RecordWords[]
  /** Place in `columns`, and row there. */
  readonly which: number[]
  readonly row: number[]
  /** By write, then by source. */
  readonly tallies: readonly Map<string, SourceTally>[]
}

export interface SiftDeps {
  readonly owners: Owners
  readonly recent: RecentIds
  readonly keepMs: number
  readonly placeOf: (owner: string, asset?: string) => Whereabouts
  /** Whether an event of that instant, device and id is stored; asked only for those from before `recent.since`. */
  readonly isStored: (columns: EventColumns, row: number, owner: string) => boolean
}

/** Tells events that are new from those that were there, and counts both. Remembers their ids. */
export function sift(writes: readonly EventWrite[], deps: SiftDeps): Sifted {
  const sifted: Sifted = { columns: [], words: [], which: [], row: [], tallies: writes.map(() => new Map()) }
  writes.forEach(({ columns }, k) => {
    for (const c of columns) siftRecord(c, sifted, sifted.tallies[k] as Map<string, SourceTally>, deps)
  })
  return sifted
}

function siftRecord(c: EventColumns, into: Sifted, tallies: Map<string, SourceTally>, deps: SiftDeps): void {
  const { owners, recent, keepMs, placeOf, isStored } = deps
  const words = new RecordWords(c.words, owners, placeOf)
  const which = into.columns.push(c) - 1
  into.words.push(words)
  let tally: SourceTally | undefined
  let source: string | undefined
  for (let row = 0; row < c.length; row++) {
    const word = c.device[row] as number
    const owner = words.owner(word)
    if (owner.source !== source || !tally) {
      source = owner.source
      tally = tallies.get(source) ?? { stored: 0, duplicates: 0, tooLate: 0 }
      tallies.set(source, tally)
    }
    const at = c.measuredAt[row] as number
    const receivedAt = c.receivedAt[row] as number
    if (receivedAt - at > keepMs && ((c.quality[row] as number) & MARK_HISTORICAL) === 0) {
      tally.tooLate++
      continue
    }
    const isOld = at - AHEAD_MS < recent.since && isStored(c, row, c.words[word] as string)
    if (!recent.add(c.ids[row * 4] as number, c.ids[row * 4 + 1] as number, owner.number, receivedAt) || isOld) {
      tally.duplicates++
      continue
    }
    tally.stored++
    into.which.push(which)
    into.row.push(row)
  }
}
