import { encodeFrame, type LiveSeries, NO_VALUE } from '@quartier/contracts/live'
import type { Scope } from '../access/scope.ts'
import { select, type Wanted } from './selection.ts'
import type { SeriesTable } from './series-table.ts'
import type { ZoneIndex } from './zone-index.ts'

/** What one socket watches, and how far it has been told. */
export class Watch {
  places: Uint32Array = new Uint32Array(0)
  total = 0
  #sequence = 0
  /** Revision of the table that the selection was made from. */
  #revision = 0
  /** Changes up to this tick have been sent. */
  #sentTick = 0
  #snapshotDue = true
  readonly wanted: Wanted
  readonly limit: number
  readonly #scope: Scope

  constructor(wanted: Wanted, limit: number, scope: Scope) {
    this.wanted = wanted
    this.limit = limit
    this.#scope = scope
  }

  /** Looks again for what is wanted; `true` when the index that the client holds is no longer right. */
  reselect(table: SeriesTable, index: ZoneIndex): boolean {
    const { places, total } = select(table, index, this.#scope, this.wanted, this.limit)
    const same = total === this.total && equal(places, this.places) && !this.#anyRevised(table)
    this.total = total
    this.#revision = table.revision
    if (same) return false
    this.places = places
    this.#sequence = 0
    this.#snapshotDue = true
    return true
  }

  #anyRevised(table: SeriesTable): boolean {
    return this.places.some((place) => table.revisedIn(place) > this.#revision)
  }

  askSnapshot(): void {
    this.#snapshotDue = true
  }

  /** The index in chunks of at most `size` series; one empty chunk when nothing matches. */
  *chunks(table: SeriesTable, size: number): Generator<{ first: number; series: LiveSeries[] }> {
    for (let first = 0; first === 0 || first < this.places.length; first += size) {
      const part = this.places.subarray(first, first + size)
      yield { first, series: Array.from(part, (place) => table.describe(place)) }
    }
  }

  /** The next frame, or `undefined` when nothing changed since the last. `tick` is the one that now ends. */
  frame(table: SeriesTable, tick: number, platformAt: number): ArrayBuffer | undefined {
    const snapshot = this.#snapshotDue
    const rows = this.#gather(table, snapshot, platformAt)
    this.#sentTick = tick
    if (rows === 0 && !snapshot) return undefined
    this.#snapshotDue = false
    return encodeFrame({ snapshot, sequence: this.#sequence++, platformAt, rows, ...scratch })
  }

  #gather(table: SeriesTable, all: boolean, platformAt: number): number {
    const { places } = this
    room(places.length)
    const { state } = table
    let rows = 0
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number
      if (!all && state.changed(place) <= this.#sentTick) continue
      const at = state.measuredAt(place)
      scratch.index[rows] = i
      scratch.value[rows] = state.value(place)
      scratch.age[rows] = at === 0 ? NO_VALUE : ageOf(platformAt - at)
      scratch.quality[rows] = at === 0 ? 0 : table.quality(place)
      rows++
    }
    return rows
  }
}

/** Columns of the frame being made: one frame at a time, so one set serves all. */
const scratch = {
  index: new Uint32Array(0),
  value: new Float64Array(0),
  age: new Int32Array(0),
  quality: new Uint8Array(0),
}

function room(rows: number): void {
  if (scratch.index.length >= rows) return
  scratch.index = new Uint32Array(rows)
  scratch.value = new Float64Array(rows)
  scratch.age = new Int32Array(rows)
  scratch.quality = new Uint8Array(rows)
}

const ageOf = (ms: number): number => Math.max(-0x80000000, Math.min(NO_VALUE - 1, Math.round(ms)))

function equal(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && Buffer.compare(bytes(a), bytes(b)) === 0
}

const bytes = (a: Uint32Array): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
