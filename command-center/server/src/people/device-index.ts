import { breath } from '../follow.ts'
import { widened } from '../live/id-table.ts'
import type { SeriesTable } from '../live/series-table.ts'

/** What the live state knows of a device. */
export interface DeviceSums {
  series: number
  /** When something last arrived, epoch ms; 0: never. */
  lastAt: number
  /** The shortest interval in which something is expected, ms; 0: none is known. */
  intervalMs: number
}

const SLICE = 20_000
const NONE = -1

/**
 * Places of the series table by device, `source/device`. Brought up to date when somebody asks, so that it costs nothing
 * while nobody looks.
 */
export class DeviceIndex {
  readonly #table: SeriesTable
  /** The place of a series of the device; {@link #next} leads to its others. */
  readonly #first = new Map<string, number>()
  #next = new Int32Array(1024)
  #taken = 0
  /** Read before they were defined. */
  #nameless: number[] = []
  #sorted: readonly string[] = []

  constructor(table: SeriesTable) {
    this.#table = table
  }

  /** Ids of all devices, sorted. */
  async ids(): Promise<readonly string[]> {
    const before = this.#first.size
    const again = this.#nameless
    this.#nameless = []
    for (const place of again) this.#take(place)
    const end = this.#table.length
    if (end > this.#next.length) this.#next = widened(this.#next, 2 ** Math.ceil(Math.log2(end)))
    while (this.#taken < end) {
      for (const to = Math.min(end, this.#taken + SLICE); this.#taken < to; ) this.#take(this.#taken++)
      await breath()
    }
    if (this.#first.size > before) this.#sorted = [...this.#first.keys()].sort()
    return this.#sorted
  }

  /** Of the series that people watch. */
  sums(id: string): DeviceSums {
    const { state, intervalMs } = this.#table
    const sums: DeviceSums = { series: 0, lastAt: 0, intervalMs: 0 }
    for (const place of this.places(id)) {
      sums.series++
      if (state.measuredAt(place) > 0) sums.lastAt = Math.max(sums.lastAt, state.receivedAt(place))
      const interval = intervalMs[place] as number
      if (interval > 0 && (sums.intervalMs === 0 || interval < sums.intervalMs)) sums.intervalMs = interval
    }
    return sums
  }

  *places(id: string): Generator<number> {
    for (let place = this.#first.get(id) ?? NONE; place !== NONE; place = this.#next[place] as number)
      if (this.#table.shown(place)) yield place
  }

  #take(place: number): void {
    const key = this.#table.key(place)
    if (key === '') {
      this.#nameless.push(place)
      return
    }
    const id = key.slice(0, key.lastIndexOf('/'))
    this.#next[place] = this.#first.get(id) ?? NONE
    this.#first.set(id, place)
  }
}
