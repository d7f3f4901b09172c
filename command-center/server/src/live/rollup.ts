import { isReporting, SERIES_STATES, SILENT, STALE } from '@quartier/contracts/live'
import type { Hierarchy } from './hierarchy.ts'
import { widened } from './id-table.ts'
import { combined, ruleOf } from './measures.ts'
import { COUNTS, EXPECTED, REPORTING, RollupRows } from './rollup-rows.ts'

/** A row whose quietest series moved by less is not told anew, real ms. */
const OLDEST_STEP_MS = 15_000

/** What the sums are told of one series. */
export interface Standing {
  readonly asset: number
  /** `SeriesState` by itself: whether its gateway is silent is decided here. */
  readonly state: number
  readonly expected: boolean
}

/**
 * Counts of series by state, for each asset and each group, kept by moving one series at a time. A gateway from behind
 * which nothing reports although something did is silent, and so is all that is behind it.
 */
export class Rollup {
  readonly assets = new RollupRows()
  readonly groups = new RollupRows()
  /** By asset number: series in each state by themselves, before silence of gateways. */
  #own = new Uint32Array(0)
  /** By number of a gateway: series behind it that report, and that have stopped to. */
  #reporting = new Uint32Array(0)
  #stopped = new Uint32Array(0)
  #silent = new Uint8Array(0)
  /** Assets whose gateway fell silent, or spoke again. */
  #turned: number[] = []
  readonly #dirty = new Numbers()
  readonly #dirtyGateways = new Numbers()
  readonly #dirtyMeasures = new Numbers()
  /** Series that make the figure of an asset, and assets that make the one of a group. */
  readonly #measured = new Map<number, Set<number>>()
  readonly #figures = new Map<number, Set<number>>()
  readonly #hierarchy: Hierarchy
  /** What a series contributes to the figure of its asset, NaN when it says nothing. */
  readonly #contribution: (place: number) => number
  silentGateways = new Set<number>()

  constructor(hierarchy: Hierarchy, contribution: (place: number) => number) {
    this.#hierarchy = hierarchy
    this.#contribution = contribution
  }

  /** Makes room for so many assets; call before {@link move} with new ones. */
  room(assets: number): void {
    this.assets.room(assets)
    const capacity = this.assets.worst.length
    if (capacity === this.#silent.length) return
    this.#own = widened(this.#own, capacity * COUNTS)
    this.#reporting = widened(this.#reporting, capacity)
    this.#stopped = widened(this.#stopped, capacity)
    this.#silent = widened(this.#silent, capacity)
    for (const numbers of [this.#dirty, this.#dirtyGateways, this.#dirtyMeasures]) numbers.room(capacity)
  }

  /** A series stands otherwise than before; `undefined`: it is not counted. */
  move(before: Standing | undefined, after: Standing | undefined): void {
    if (before) this.#add(before, -1)
    if (after) this.#add(after, 1)
  }

  /** A series begins or ceases to make the figure of an asset. */
  measure(asset: number, place: number, counts: boolean): void {
    const places = this.#measured.get(asset) ?? new Set()
    if (counts) places.add(place)
    else places.delete(place)
    if (places.size > 0) this.#measured.set(asset, places)
    else this.#measured.delete(asset)
    this.#enlist(asset)
    this.#dirtyMeasures.add(asset)
  }

  /** Series that make the figures of a system. */
  *measuredIn(system: number): Generator<number> {
    for (const [asset, places] of this.#measured) if (this.#hierarchy.system[asset] === system) yield* places
  }

  /** What a measured series says has changed. */
  measureChanged(asset: number): void {
    this.#dirtyMeasures.add(asset)
  }

  /** Whether the gateway above an asset is silent. */
  isSilent(asset: number): boolean {
    return this.#silent[this.#hierarchy.gateway[asset] ?? 0] === 1
  }

  /** Assets of which the silence of their gateway began or ended since the last call. */
  takeTurned(): readonly number[] {
    const turned = this.#turned
    this.#turned = []
    return turned
  }

  /** The hierarchy has changed: sums what it sums anew, from the assets. */
  regroup(tick: number): void {
    this.room(this.#hierarchy.group.length)
    this.groups.clear(this.#hierarchy.groups.length, tick)
    this.assets.clear(this.assets.length, tick)
    this.#reporting.fill(0)
    this.#stopped.fill(0)
    this.#silent.fill(0)
    this.silentGateways = new Set()
    this.#figures.clear()
    for (let asset = 0; asset < this.assets.length; asset++) {
      for (let state = 0; state < SERIES_STATES; state++)
        this.#behind(asset, state, this.#own[asset * COUNTS + state] as number)
      this.#dirty.add(asset)
    }
    for (const asset of this.#measured.keys()) {
      this.#enlist(asset)
      this.#dirtyMeasures.add(asset)
    }
  }

  /** Brings all sums up to date; rows that change carry `tick`. */
  settle(tick: number): void {
    for (const gateway of this.#dirtyGateways.take()) this.#settleGateway(gateway)
    const groups = new Set<number>()
    for (const asset of this.#dirty.take()) if (this.#settleAsset(asset, tick)) groups.add(this.#groupOf(asset))
    for (const group of groups) {
      this.groups.judge(group)
      this.groups.changed[group] = tick
    }
    this.#settleMeasures(tick)
  }

  /** Tells since when the quietest series of each row is quiet: `measuredAt` by asset, `Infinity` where none is. */
  settleOldest(oldestAt: Float64Array, tick: number, speed: number): void {
    const stepMs = OLDEST_STEP_MS * speed
    const ofGroups = new Float64Array(this.groups.length).fill(Number.POSITIVE_INFINITY)
    const tell = (rows: RollupRows, row: number, at: number) => {
      const told = rows.oldestAt[row] as number
      const now = at === Number.POSITIVE_INFINITY ? Number.NaN : at
      if (Number.isNaN(told) ? Number.isNaN(now) : Math.abs(now - told) < stepMs) return
      rows.oldestAt[row] = now
      rows.changed[row] = tick
    }
    for (let asset = 0; asset < this.assets.length; asset++) {
      const at = oldestAt[asset] as number
      const group = this.#groupOf(asset)
      if (at < (ofGroups[group] as number)) ofGroups[group] = at
      tell(this.assets, asset, at)
    }
    for (let group = 0; group < ofGroups.length; group++) tell(this.groups, group, ofGroups[group] as number)
  }

  #groupOf(asset: number): number {
    return this.#hierarchy.group[asset] ?? 0
  }

  #add({ asset, state, expected }: Standing, by: 1 | -1): void {
    const at = asset * COUNTS
    this.#own[at + state] = (this.#own[at + state] as number) + by
    if (expected) {
      this.#own[at + EXPECTED] = (this.#own[at + EXPECTED] as number) + by
      if (isReporting(state)) this.#own[at + REPORTING] = (this.#own[at + REPORTING] as number) + by
    }
    this.#behind(asset, state, by)
    this.#dirty.add(asset)
  }

  #behind(asset: number, state: number, by: number): void {
    const gateway = this.#hierarchy.gateway[asset] ?? 0
    if (gateway === 0 || by === 0) return
    if (isReporting(state)) this.#reporting[gateway] = (this.#reporting[gateway] as number) + by
    else if (state === STALE) this.#stopped[gateway] = (this.#stopped[gateway] as number) + by
    this.#dirtyGateways.add(gateway)
  }

  #settleGateway(gateway: number): void {
    const silent = this.#reporting[gateway] === 0 && (this.#stopped[gateway] as number) > 0
    if (silent === (this.#silent[gateway] === 1)) return
    this.#silent[gateway] = silent ? 1 : 0
    if (silent) this.silentGateways.add(gateway)
    else this.silentGateways.delete(gateway)
    for (const asset of this.#hierarchy.behind.get(gateway) ?? []) {
      this.#turned.push(asset)
      this.#dirty.add(asset)
    }
  }

  /** Moves what has changed in an asset to its group; `true` when something has. */
  #settleAsset(asset: number, tick: number): boolean {
    const { counts } = this.assets
    const group = this.#groupOf(asset) * COUNTS
    const at = asset * COUNTS
    const silent = this.isSilent(asset)
    let hidden = 0
    if (silent) for (let state = 0; state < SERIES_STATES; state++) hidden += this.#own[at + state] as number
    let same = true
    for (let i = 0; i < COUNTS; i++) {
      const own = this.#own[at + i] as number
      const now = silent && i < SERIES_STATES ? (i === SILENT ? hidden : 0) : own
      const before = counts[at + i] as number
      if (now === before) continue
      same = false
      counts[at + i] = now
      this.groups.counts[group + i] = (this.groups.counts[group + i] as number) + now - before
    }
    const before = this.assets.worst[asset]
    this.assets.judge(asset)
    // A gateway has no series of its own as a rule.
    if (this.silentGateways.has(asset)) this.assets.worst[asset] = SILENT
    if (!same || this.assets.worst[asset] !== before) this.assets.changed[asset] = tick
    return !same
  }

  #enlist(asset: number): void {
    const group = this.#groupOf(asset)
    const assets = this.#figures.get(group) ?? new Set()
    if (this.#measured.has(asset)) assets.add(asset)
    else assets.delete(asset)
    this.#figures.set(group, assets)
  }

  #settleMeasures(tick: number): void {
    const groups = new Set<number>()
    for (const asset of this.#dirtyMeasures.take()) {
      const rule = ruleOf(this.#hierarchy.system[asset] ?? -1)
      const places = this.#measured.get(asset) ?? []
      const figure = rule ? combined(rule.measure.kind, Array.from(places, this.#contribution)) : Number.NaN
      if (setFigure(this.assets, asset, figure, tick)) groups.add(this.#groupOf(asset))
    }
    for (const group of groups) {
      const rule = ruleOf(this.#hierarchy.groups[group]?.system ?? -1)
      const assets = this.#figures.get(group) ?? []
      const figures = Array.from(assets, (asset) => this.assets.measure[asset] as number)
      setFigure(this.groups, group, rule ? combined(rule.measure.kind, figures) : Number.NaN, tick)
    }
  }
}

function setFigure(rows: RollupRows, row: number, figure: number, tick: number): boolean {
  const now = Math.fround(figure)
  if (Object.is(now, rows.measure[row])) return false
  rows.measure[row] = now
  rows.changed[row] = tick
  return true
}

/** Numbers, each once. */
class Numbers {
  #marks = new Uint8Array(0)
  #numbers: number[] = []

  room(capacity: number): void {
    this.#marks = widened(this.#marks, capacity)
  }

  add(number: number): void {
    if (this.#marks[number] === 1) return
    this.#marks[number] = 1
    this.#numbers.push(number)
  }

  /** All that are there, and forgets them. */
  take(): readonly number[] {
    const taken = this.#numbers
    this.#numbers = []
    for (const number of taken) this.#marks[number] = 0
    return taken
  }
}
