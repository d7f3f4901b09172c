import { MARK_HISTORICAL, MARK_OUT_OF_RANGE, QUALITY_LEVEL } from '@quartier/contracts'
import { judge, NEVER, NORMAL, type SeriesState, SILENT, staleAfterMs, UNCERTAIN, WAITING } from '@quartier/contracts/live' // biome-ignore format: one line
import type { Clock } from '@quartier/contracts/runtime'
import type { Hierarchy } from './hierarchy.ts'
import { widened } from './id-table.ts'
import { isMeasured, ruleOf } from './measures.ts'
import { Rollup, type Standing } from './rollup.ts'
import type { SeriesTable } from './series-table.ts'

/** What is known of a series in one byte: its state, and above it these marks. */
const STATE = 0b111
/** It is shown, and counts. */
const COUNTED = 1 << 3
/** It makes the figure of its asset. */
const MEASURED = 1 << 4
/** Readings are expected from it. */
const EXPECTED = 1 << 5
/** Its newest reading is history, of which silence says nothing. */
const HISTORICAL = 1 << 6

/** By those marks: whether somebody should look. */
const IS_TROUBLE = Uint8Array.from({ length: 256 }, (_, facts) => {
  const state = facts & STATE
  return (facts & COUNTED) !== 0 && state !== NORMAL && state !== WAITING ? 1 : 0
})

/** Real ms in which every series is passed by once. */
const SWEEP_MS = 1000
/** Rounds of the sweep between two looks for the quietest series. */
const OLDEST_ROUNDS = 4

/**
 * The state of every series: judged when a reading comes and, for what does not come, in a sweep that passes by all of them
 * once a second. Keeps the counts above in {@link rollup}.
 */
export class Judgement {
  readonly rollup: Rollup
  readonly #table: SeriesTable
  readonly #hierarchy: Hierarchy
  readonly #clock: Clock
  #facts = new Uint8Array(0)
  /** The asset that a series is counted with. */
  #home = new Uint32Array(0)
  /** Since when a series is in its state: when that was measured which brought it there. Epoch ms. */
  #since = new Float64Array(0)
  #news = new Uint32Array(1024)
  #newsLength = 0
  /** By place: the round of news in which it stands already. */
  #newsIn = new Uint32Array(0)
  #newsRound = 1
  /** Of the round of the sweep that runs: by asset, the oldest `measuredAt`. */
  #oldestAt = new Float64Array(0)
  /** By place of a detector of traffic, km/h. */
  readonly #freeSpeeds = new Map<number, number>()
  #cursor = 0
  #round = 0
  #speed = Number.NaN
  #tick = 1
  /** Platform time from which on silence counts; NaN until the platform listens. */
  #listeningAt = Number.NaN

  constructor(deps: { table: SeriesTable; hierarchy: Hierarchy; clock: Clock }) {
    this.#table = deps.table
    this.#hierarchy = deps.hierarchy
    this.#clock = deps.clock
    this.rollup = new Rollup(deps.hierarchy, (place) => this.#valueOf(place))
  }

  /** `SeriesState`, as it is told. Only for what is {@link counted}. */
  state(place: number): SeriesState {
    if (this.rollup.isSilent(this.#home[place] ?? 0)) return SILENT
    return ((this.#facts[place] ?? WAITING) & STATE) as SeriesState
  }

  counted(place: number): boolean {
    return ((this.#facts[place] ?? 0) & COUNTED) !== 0
  }

  /** Epoch ms; see `AttentionRow.sinceAt`. */
  since(place: number): number {
    return this.#since[place] as number
  }

  /** Places of which there is news since the last call: another reading, or another state by itself; each once. */
  takeNews(): Uint32Array {
    const news = this.#news.slice(0, this.#newsLength)
    this.#newsLength = 0
    this.#newsRound++
    return news
  }

  /** Places that are neither normal nor wait, nor lie behind a silent gateway; in the table's order. */
  troubled(): number[] {
    const facts = this.#facts
    const { length } = this.#table
    const found: number[] = []
    for (let place = 0; place < length; place++)
      if (IS_TROUBLE[facts[place] as number] === 1 && !this.rollup.isSilent(this.#home[place] as number))
        found.push(place)
    return found
  }

  /** The platform has taken in what was there, and listens from now on. */
  listen(): void {
    if (!Number.isNaN(this.#listeningAt)) return
    this.#listeningAt = this.#clock.now()
    this.#table.due.fill(0)
  }

  /** How fast this detector of traffic is passed when nothing is in the way. */
  setFreeSpeed(place: number, kmh: number): void {
    if (!(kmh > 0) || this.#freeSpeeds.get(place) === kmh) return
    this.#freeSpeeds.set(place, kmh)
    this.rollup.measureChanged(this.#home[place] as number)
  }

  /** Judges series that have just been given readings; what changes carries `tick`. */
  take(places: Int32Array, rows: number, now: number, tick: number): void {
    this.#tick = tick
    this.#room()
    const { state, validMin, validMax } = this.#table
    const facts = this.#facts
    for (let i = 0; i < rows; i++) {
      const place = places[i] as number
      this.#addNews(place)
      // Most series were normal and are. That a reading is overdue the sweep finds.
      if (((facts[place] as number) & ~EXPECTED) === (COUNTED | NORMAL)) {
        const value = state.value(place)
        const worse = state.quality(place) & (QUALITY_LEVEL | MARK_OUT_OF_RANGE)
        if (worse === 0 && !(value < (validMin[place] as number) || value > (validMax[place] as number))) continue
      }
      this.#judge(place, now)
    }
  }

  /**
   * Ends a tick: passes by as many series as are due for the sweep and brings the sums up to date.
   * @param tick  carried by what changes now
   * @param share of the sweep, 0 … 1
   */
  settle(tick: number, share: number): void {
    this.#tick = tick
    this.#room()
    const { speed } = this.#clock
    if (speed !== this.#speed) this.#table.due.fill(0)
    this.#speed = speed
    this.#sweep(Math.ceil(this.#table.length * share))
    this.rollup.settle(tick)
  }

  /** The share of the sweep that falls into so many real ms. */
  static shareOf(ms: number): number {
    return Math.min(1, ms / SWEEP_MS)
  }

  /** Assets have moved, or new ones are known. */
  regroup(tick: number): void {
    this.#tick = tick
    this.#room()
    this.rollup.regroup(tick)
    // What is measured depends on the system of the asset.
    this.#table.due.fill(0)
  }

  #sweep(series: number): void {
    const { due, length } = this.#table
    const now = this.#clock.now()
    const end = Math.min(length, this.#cursor + series)
    const looks = this.#round % OLDEST_ROUNDS === 0
    for (let place = this.#cursor; place < end; place++) {
      if ((due[place] as number) <= now) this.#judge(place, now)
      if (looks) this.#lookAtAge(place)
    }
    this.#cursor = end
    if (end < length) return
    this.#cursor = 0
    this.#round++
    if (!looks) return
    this.rollup.settleOldest(this.#oldestAt, this.#tick, this.#clock.speed)
    this.#oldestAt.fill(Number.POSITIVE_INFINITY)
  }

  #lookAtAge(place: number): void {
    const both = COUNTED | EXPECTED
    if (((this.#facts[place] as number) & both) !== both) return
    const at = this.#table.state.measuredAt(place)
    const asset = this.#home[place] as number
    if (at > 0 && at < (this.#oldestAt[asset] as number)) this.#oldestAt[asset] = at
  }

  #judge(place: number, now: number): void {
    const { due } = this.#table
    const before = this.#facts[place] as number
    const home = this.#home[place] as number
    const after = this.#factsOf(place, before, home, now)
    const asset = this.#table.asset[place] as number
    due[place] = this.#dueOf(place, after, now)
    if (after === before && (asset === home || (after & COUNTED) === 0)) {
      if (after & MEASURED) this.rollup.measureChanged(asset)
      return
    }
    this.#facts[place] = after
    this.#home[place] = asset
    this.#addNews(place)
    if ((after & STATE) !== (before & STATE) || ((before ^ after) & COUNTED) !== 0)
      this.#since[place] = this.#sinceOf(place)
    this.rollup.move(standing(before, home), standing(after, asset))
    if (before & MEASURED) this.rollup.measure(home, place, false)
    if (after & MEASURED) this.rollup.measure(asset, place, true)
  }

  #addNews(place: number): void {
    if (this.#newsIn[place] === this.#newsRound) return
    this.#newsIn[place] = this.#newsRound
    if (this.#newsLength === this.#news.length) this.#news = widened(this.#news, 2 * this.#newsLength)
    this.#news[this.#newsLength++] = place
  }

  #factsOf(place: number, before: number, home: number, now: number): number {
    const table = this.#table
    if (!table.shown(place)) return 0
    const { state, validMin, validMax, intervalMs } = table
    const measuredAt = state.measuredAt(place)
    const word = judge({
      value: state.value(place),
      ageMs: measuredAt === 0 ? Number.NaN : now - measuredAt,
      quality: state.quality(place),
      intervalMs: intervalMs[place] as number,
      validMin: validMin[place] as number,
      validMax: validMax[place] as number,
      listenedMs: Number.isNaN(this.#listeningAt) ? 0 : now - this.#listeningAt,
      speed: this.#clock.speed,
    })
    const asset = table.asset[place] as number
    const same = table.due[place] !== 0 && asset === home
    const measured = same ? (before & MEASURED) !== 0 : this.#isMeasured(place, asset)
    const expected = (intervalMs[place] as number) > 0
    const historical = (state.quality(place) & MARK_HISTORICAL) !== 0
    return word | COUNTED | (measured ? MEASURED : 0) | (expected ? EXPECTED : 0) | (historical ? HISTORICAL : 0)
  }

  #isMeasured(place: number, asset: number): boolean {
    const system = this.#hierarchy.system[asset]
    return system !== undefined && isMeasured(system, this.#table.property(place), this.#table.unit(place))
  }

  /** When silence may change the state. */
  #dueOf(place: number, facts: number, now: number): number {
    const { state, intervalMs } = this.#table
    const word = facts & STATE
    if ((facts & COUNTED) === 0 || word === NEVER) return Number.POSITIVE_INFINITY
    const patienceMs = staleAfterMs(intervalMs[place] as number, this.#clock.speed)
    // Nobody listens yet: `listen` lets everything be judged again.
    if (word === WAITING)
      return Number.isNaN(this.#listeningAt) ? Number.POSITIVE_INFINITY : this.#listeningAt + patienceMs
    const lateAt = state.measuredAt(place) + patienceMs
    const ends = (facts & (EXPECTED | HISTORICAL)) === EXPECTED && now <= lateAt
    return ends ? lateAt : Number.POSITIVE_INFINITY
  }

  #sinceOf(place: number): number {
    const measuredAt = this.#table.state.measuredAt(place)
    return measuredAt > 0 ? measuredAt : this.#listeningAt
  }

  #valueOf(place: number): number {
    const state = this.state(place)
    if (!this.counted(place) || (state !== NORMAL && state !== UNCERTAIN)) return Number.NaN
    const asset = this.#home[place] as number
    const { district, groups, group, system } = this.#hierarchy
    const rule = ruleOf(system[asset] ?? -1)
    const placeId = groups[group[asset] ?? 0]?.placeId
    const free = this.#freeSpeeds.get(place)
    return rule ? rule.of(this.#table.state.value(place), district.place(placeId ?? ''), free) : Number.NaN
  }

  #room(): void {
    const { due, assets } = this.#table
    if (this.#facts.length < due.length) {
      this.#facts = widened(this.#facts, due.length)
      this.#home = widened(this.#home, due.length)
      this.#since = widened(this.#since, due.length)
      this.#newsIn = widened(this.#newsIn, due.length)
    }
    this.rollup.room(assets.length)
    const capacity = this.rollup.assets.worst.length
    if (this.#oldestAt.length < capacity)
      this.#oldestAt = widened(this.#oldestAt, capacity).fill(Number.POSITIVE_INFINITY, this.#oldestAt.length)
  }
}

const standing = (facts: number, asset: number): Standing | undefined =>
  facts & COUNTED ? { asset, state: facts & STATE, expected: (facts & EXPECTED) !== 0 } : undefined
