import type { Asset, DistrictModel, Place } from '@quartier/contracts/schemas'
import { drift, hashOf, mix } from '../random.ts'
import { type Life, livesOf } from './ageing.ts'
import { BY_CAR, BY_TRAM, type Crowds, createHappenings, type Happenings } from './happenings.ts'
import { createIncidents, type Incidents, NO_TROUBLE, type Trouble } from './incidents.ts'
import { createRhythms, RHYTHM_INDEX, RHYTHMS, type Rhythm, type Rhythms, USES, type Use } from './rhythms.ts'
import { USUAL, type WorldSettings } from './settings.ts'
import { clamp, type Sky, skyAt } from './sky.ts'

/**
 * What holds in the whole district at one instant. One object, brought up to date by {@link World.moveTo}. What
 * changes slowly is that of the second before, so that a second's messages share it.
 */
export interface Now {
  readonly at: number
  /** The full second before `at`, of which all else here speaks. */
  readonly second: number
  readonly sky: Sky
  readonly crowds: Crowds
  readonly rhythms: Rhythms
  /** How busy places of a kind are, 0 … about 1. */
  busy(rhythm: Rhythm): number
  /** Share of the cooling plant's capacity that all buildings together ask for. */
  plantLoad(): number
}

/**
 * A place, and what holds there at the instant of {@link Now}. All devices of a place share `seed`, all of a zone
 * `zoneSeed`; what they have in common comes from here, and that is their correlation.
 */
export interface Where {
  readonly id: string
  readonly seed: number
  readonly zoneSeed: number
  readonly use: Use
  readonly floors: number
  /** Tram stops are places of their own here. */
  readonly isStop: boolean
  /** How busy it is, 0 … about 1. */
  activity: number
  /** How hard its cooling works, 0.05 … 1: people, sun and heat. */
  cooling: number
  /** Share of a road's capacity that wants through, before a crash takes some of it. */
  demand: number
  /** People of happenings who are here. */
  guests: number
  trouble: Trouble
}

/** A place in the world. */
export interface Spot {
  /** What holds there now, up to date until the next {@link World.moveTo}. */
  here(): Where
}

export interface World {
  readonly happenings: Happenings
  readonly incidents: Incidents
  /** Goes to an instant. Cheap when it is where it stands already. */
  moveTo(at: number): Now
  /** The place of an asset. */
  spotOf(asset: Asset): Spot
  livesOf(asset: Asset): Life[]
}

const MINUTE = 60_000
const PEOPLE_IN_A_CAR = 2.2

/** The district as one system: weather, calendar, people, traffic and trouble, each a function of seed and time. */
export function createWorld(model: DistrictModel, seed: number, settings: WorldSettings = USUAL): World {
  const rhythms = createRhythms()
  const happenings = createHappenings(seed, settings)
  const incidents = createIncidents(seed, model.places, settings)
  const places = new Map(model.places.map((p) => [p.id, p]))
  const spots = new Map<string, Spot>()
  const now = createNow(seed, rhythms, happenings, () => buildings)
  const spotOf = (id: string, place: Place | undefined): Spot => {
    const known = spots.get(id)
    if (known) return known
    const made = createSpot(id, place, seed, incidents, now)
    spots.set(id, made)
    return made
  }
  const buildings = model.places.filter((p) => p.kind === 'building').map((p) => spotOf(p.id, p))
  return {
    happenings,
    incidents,
    moveTo: (at) => {
      now.moveTo(at)
      return now
    },
    spotOf: ({ id, placeId }) => spotOf(/^ts-[a-z]+/.exec(id)?.[0] ?? placeId, places.get(placeId)),
    livesOf: (asset) => livesOf(asset.kind, mix(seed, hashOf(asset.id)), settings),
  }
}

class Clockwork implements Now {
  at = Number.NaN
  second = Number.NaN
  sky!: Sky
  crowds!: Crowds
  readonly rhythms: Rhythms
  readonly #seed: number
  readonly #happenings: Happenings
  readonly #buildings: () => readonly Spot[]
  #load = Number.NaN
  readonly #busy = new Float64Array(RHYTHMS.length).fill(Number.NaN)

  constructor(seed: number, rhythms: Rhythms, happenings: Happenings, buildings: () => readonly Spot[]) {
    this.#seed = seed
    this.rhythms = rhythms
    this.#happenings = happenings
    this.#buildings = buildings
  }

  moveTo(at: number): void {
    this.at = at
    const second = Math.floor(at / 1_000) * 1_000
    if (second === this.second) return
    this.second = second
    this.sky = skyAt(this.#seed, second)
    this.crowds = this.#happenings.crowdsAt(second)
    this.#load = Number.NaN
    this.#busy.fill(Number.NaN)
  }

  busy(rhythm: Rhythm): number {
    const r = RHYTHM_INDEX[rhythm]
    const known = this.#busy[r]!
    if (!Number.isNaN(known)) return known
    const value = this.rhythms.busy(rhythm, this.second)
    this.#busy[r] = value
    return value
  }

  plantLoad(): number {
    if (!Number.isNaN(this.#load)) return this.#load
    let [asked, weight] = [0, 0]
    for (const spot of this.#buildings()) {
      const { cooling, floors, trouble } = spot.here()
      asked += trouble.power ? cooling * floors : 0
      weight += floors
    }
    this.#load = weight === 0 ? 0.5 : asked / weight
    return this.#load
  }
}

const createNow = (...args: ConstructorParameters<typeof Clockwork>): Clockwork => new Clockwork(...args)

/** Buildings whose name says what they are for. */
const USE_OF: Readonly<Record<string, Use>> = {
  'b-007': 'civic',
  'b-014': 'hotel',
  'b-019': 'home',
  'b-023': 'office',
  'b-031': 'home',
  'b-036': 'mosque',
  'b-039': 'civic',
  'b-044': 'office',
  'b-055': 'retail',
  'b-061': 'retail',
  'b-066': 'civic',
  'b-075': 'civic',
  'b-080': 'civic',
  'b-086': 'civic',
  'b-090': 'home',
}
const ORDINARY = USES.filter((use) => use !== 'mosque')

function createSpot(id: string, place: Place | undefined, seed: number, incidents: Incidents, now: Clockwork): Spot {
  const own = mix(seed, hashOf(id))
  const where: Where = {
    id,
    seed: own,
    zoneSeed: mix(seed, hashOf(place?.parentId ?? id)),
    use: place?.kind === 'building' ? (USE_OF[id] ?? ORDINARY[own % ORDINARY.length]!) : 'civic',
    floors: Math.max(1, Math.round(((place?.heightM ?? 0) - 1.8) / 3.8)),
    isStop: id.startsWith('ts-'),
    activity: 0,
    cooling: 0,
    demand: 0,
    guests: 0,
    trouble: NO_TROUBLE,
  }
  let second = Number.NaN
  return {
    here: () => {
      if (second !== now.second) {
        second = now.second
        if (place) where.trouble = incidents.troubleAt(place, second)
        bringUpToDate(where, now)
      }
      return where
    },
  }
}

function bringUpToDate(w: Where, now: Now): void {
  const { second: at, sky, crowds } = now
  const visitors = w.use === 'retail' || w.use === 'hotel' ? crowds.all / 40_000 : 0
  w.activity = now.busy(w.use) * (1 + 0.12 * drift(w.seed, at, 40 * MINUTE)) + visitors
  w.cooling = clamp(0.16 + 0.42 * w.activity + 0.019 * (sky.temperature - 24) + 0.00012 * sky.solar, 0.05, 1)
  const cars = ((crowds.arriving + crowds.leaving) * BY_CAR) / PEOPLE_IN_A_CAR
  w.demand = now.busy('traffic') * (1 + 0.16 * drift(w.zoneSeed, at, 25 * MINUTE)) + cars / 6_000
  w.guests = w.isStop
    ? ((crowds.arriving * 0.4 + crowds.leaving) * BY_TRAM) / 6 / 8 // those who wait for eight minutes at six stops
    : (crowds.present.get(w.id) ?? 0)
}

/** Cars of guests that are parked, all car parks together. */
export const parkedCars = (crowds: Crowds): number => (crowds.all * BY_CAR) / PEOPLE_IN_A_CAR
