import { isReporting, MEASURES, SERIES_STATES, SYSTEMS, type System } from '@quartier/contracts/live'
import type { PlaceTile } from './tiles.ts'

/** What of the district is to be added up. */
export interface Layers {
  /** Absent: all systems. */
  readonly systems?: ReadonlySet<string> | undefined
  /** Absent: all zones. */
  readonly zones?: ReadonlySet<string> | undefined
}

/** The rows of the district's tiles added up over what the layers show. Read it anew whenever its version is another. */
export interface DistrictSums {
  readonly version: number
  readonly all: Uint32Array
  /** Series by state of one system, eight numbers. */
  system(system: System): Uint32Array
  /** The figure of a system in all places together, as {@link MEASURES} names it; NaN when there is none. */
  measure(system: System): number
  /** By place and by zone; a place or zone without series has none. */
  place(id: string): PlaceSums | undefined
  zone(id: string): PlaceSums | undefined
  /** Ids of the places that have series. */
  readonly places: readonly string[]
  readonly zones: readonly string[]
}

export interface PlaceSums {
  readonly counts: Uint32Array
  /** Epoch ms since when the quietest series is quiet; NaN when none has a value. */
  readonly oldestAt: number
  /** The one figure of a system there, as {@link MEASURES} names it; NaN when there is none. */
  measure(system: System): number
}

interface Slots {
  readonly ids: string[]
  readonly at: Map<string, number>
  counts: Uint32Array
  oldestAt: Float64Array
  measure: Float32Array
}

/** Adds up the district; the work follows the number of places and systems, not that of series. */
export function createSums(): (tiles: readonly PlaceTile[], layers: Layers, version: number) => DistrictSums {
  const places = createSlots()
  const zones = createSlots()
  /** The slot of each row, by the index that says which place it is. */
  const slotsOf = new WeakMap<object, Int32Array>()
  const all = new Uint32Array(SERIES_STATES)
  const bySystem = new Uint32Array(SYSTEMS.length * SERIES_STATES)
  const measures = SYSTEMS.map(createTotal)

  function slotsFor(index: NonNullable<PlaceTile['index']>): Int32Array {
    let slots = slotsOf.get(index)
    if (!slots) {
      slots = Int32Array.from(index.places, (id) => (id === null ? -1 : slotOf(places, id)))
      slotsOf.set(index, slots)
    }
    return slots
  }

  return (tiles, layers, version) => {
    all.fill(0)
    bySystem.fill(0)
    for (const total of measures) total.clear()
    for (const slots of [places, zones]) {
      slots.counts.fill(0)
      slots.oldestAt.fill(Number.NaN)
      slots.measure.fill(Number.NaN)
    }
    for (const { facts, columns, index } of tiles) {
      if (layers.systems && !layers.systems.has(facts.system)) continue
      if (layers.zones && !layers.zones.has(facts.zoneId ?? '')) continue
      const zone = facts.zoneId === null ? -1 : slotOf(zones, facts.zoneId)
      const rowSlots = index && slotsFor(index)
      const system = Math.max(0, SYSTEMS.indexOf(facts.system as System))
      for (let row = 0; row < facts.rows; row++) {
        addCounts(all, 0, columns.counts, row)
        addCounts(bySystem, system, columns.counts, row)
        measures[system]!.add(columns.measure[row]!, reportingOf(columns.counts, row))
        if (zone >= 0) add(zones, zone, columns, row)
        const place = rowSlots?.[row] ?? -1
        if (place < 0) continue
        add(places, place, columns, row)
        places.measure[place * SYSTEMS.length + system] = columns.measure[row]!
      }
    }
    const reader = (slots: Slots) => (id: string) => {
      const at = slots.at.get(id)
      if (at === undefined) return undefined
      return {
        counts: part(slots.counts, at),
        oldestAt: slots.oldestAt[at]!,
        measure: (system: System) => slots.measure[at * SYSTEMS.length + SYSTEMS.indexOf(system)]!,
      }
    }
    const system = (name: System) => part(bySystem, SYSTEMS.indexOf(name))
    const measure = (name: System) => measures[SYSTEMS.indexOf(name)]!.value()
    return {
      version,
      all,
      system,
      measure,
      place: reader(places),
      zone: reader(zones),
      places: places.ids,
      zones: zones.ids,
    }
  }
}

/** One figure out of those of many rows: a share or mean weighs as much as reports behind it. */
function createTotal(system: System) {
  const kind = MEASURES[system]?.kind
  let sum = 0
  let weight = 0
  let highest = Number.NEGATIVE_INFINITY
  return {
    clear() {
      sum = 0
      weight = 0
      highest = Number.NEGATIVE_INFINITY
    },
    add(value: number, reporting: number) {
      if (Number.isNaN(value)) return
      const counts = kind === 'sum' ? 1 : reporting
      sum += value * counts
      weight += counts
      highest = Math.max(highest, value)
    },
    value(): number {
      if (!kind || weight === 0) return Number.NaN
      if (kind === 'highest') return highest
      return kind === 'sum' ? sum : sum / weight
    },
  }
}

function reportingOf(counts: Uint32Array, row: number): number {
  let sum = 0
  for (let state = 0; state < SERIES_STATES; state++) {
    if (isReporting(state)) sum += counts[row * SERIES_STATES + state]!
  }
  return sum
}

const part = (counts: Uint32Array, at: number): Uint32Array =>
  counts.subarray(at * SERIES_STATES, (at + 1) * SERIES_STATES)

const createSlots = (): Slots => ({
  ids: [],
  at: new Map(),
  counts: new Uint32Array(0),
  oldestAt: new Float64Array(0),
  measure: new Float32Array(0),
})

/** The slot of an id; the arrays grow with the ids, which are as many as the district has places. */
function slotOf(slots: Slots, id: string): number {
  const known = slots.at.get(id)
  if (known !== undefined) return known
  const at = slots.ids.push(id) - 1
  slots.at.set(id, at)
  if (slots.oldestAt.length <= at) {
    const room = Math.max(64, at * 2)
    const { counts, oldestAt, measure } = slots
    slots.counts = new Uint32Array(room * SERIES_STATES)
    slots.counts.set(counts)
    slots.oldestAt = new Float64Array(room).fill(Number.NaN)
    slots.oldestAt.set(oldestAt)
    slots.measure = new Float32Array(room * SYSTEMS.length).fill(Number.NaN)
    slots.measure.set(measure)
  }
  return at
}

function add(slots: Slots, at: number, columns: PlaceTile['columns'], row: number): void {
  addCounts(slots.counts, at, columns.counts, row)
  const oldest = columns.oldestAt[row]!
  if (!(slots.oldestAt[at]! <= oldest) && !Number.isNaN(oldest)) slots.oldestAt[at] = oldest
}

function addCounts(to: Uint32Array, at: number, from: Uint32Array, row: number): void {
  for (let state = 0; state < SERIES_STATES; state++) {
    to[at * SERIES_STATES + state] = to[at * SERIES_STATES + state]! + from[row * SERIES_STATES + state]!
  }
}
