import { createRandom, mix } from '../random.ts'
import { DAY_MS, dayNumber, dayOf, startOfDay } from './calendar.ts'
import { prayersOn } from './prayers.ts'
import type { WorldSettings } from './settings.ts'

/** Something that people come to. */
export interface Happening {
  readonly kind: 'concert' | 'market' | 'film' | 'celebration'
  readonly name: string
  readonly nameAr: string
  /** Id of the square or park where it is. */
  readonly venueId: string
  readonly startsAt: number
  readonly endsAt: number
  /** People who come. */
  readonly attendance: number
}

/** What all happenings together do to the district at an instant, in people. */
export interface Crowds {
  /** By venue: people there. */
  readonly present: ReadonlyMap<string, number>
  /** People who arrive and who leave in an hour. */
  readonly arriving: number
  readonly leaving: number
  /** People who are here, all venues together. */
  readonly all: number
}

export const BY_TRAM = 0.42
export const BY_CAR = 0.38

interface Venue {
  readonly id: string
  readonly capacity: number
  /** Chance of something on an ordinary day, and on the eve of a free one and on it. */
  readonly chance: readonly [number, number]
  readonly kinds: readonly (readonly [Happening['kind'], string, string])[]
}

const VENUES: readonly Venue[] = [
  {
    id: 'sq-sidra',
    capacity: 9_000,
    chance: [0.08, 0.5],
    kinds: [
      ['concert', 'Concert on Sidra Square', 'حفل في ساحة السدرة'],
      ['film', 'Film under the stars', 'فيلم تحت النجوم'],
      ['concert', 'Oud evening', 'أمسية عود'],
    ],
  },
  {
    id: 'sq-lantern',
    capacity: 2_400,
    chance: [0.25, 0.55],
    kinds: [
      ['concert', 'Lantern Theatre, open air', 'مسرح الفانوس في الهواء الطلق'],
      ['film', 'Short films', 'أفلام قصيرة'],
    ],
  },
  {
    id: 'pk-cistern',
    capacity: 1_600,
    chance: [0.1, 0.6],
    kinds: [['market', 'Garden market', 'سوق الحديقة']],
  },
]

const HOUR = 3_600_000
const MINUTE = 60_000

export interface Happenings {
  crowdsAt(at: number): Crowds
  /** Those that begin in `[from, to)`, in order of time. */
  between(from: number, to: number): Happening[]
}

export function createHappenings(seed: number, settings: WorldSettings): Happenings {
  const kept = new Map<number, readonly Happening[]>()
  const onDay = (day: number): readonly Happening[] => {
    const known = kept.get(day)
    if (known) return known
    if (kept.size > 16) kept.clear()
    const drawn = VENUES.flatMap((venue, v) => draw(seed, settings, venue, v, day))
    kept.set(day, drawn)
    return drawn
  }
  return {
    crowdsAt: (at) => {
      const day = dayNumber(at)
      const present = new Map<string, number>()
      let [all, arriving, leaving] = [0, 0, 0]
      for (let d = day - 1; d <= day; d++)
        for (const h of onDay(d)) {
          if (at < h.startsAt - 4 * HOUR || at > h.endsAt + 3 * HOUR) continue
          const there = h.attendance * (arrived(h, at) - left(h, at))
          present.set(h.venueId, (present.get(h.venueId) ?? 0) + there)
          all += there
          arriving += h.attendance * (arrived(h, at + 5 * MINUTE) - arrived(h, at - 5 * MINUTE)) * 6
          leaving += h.attendance * (left(h, at + 5 * MINUTE) - left(h, at - 5 * MINUTE)) * 6
        }
      return { present, arriving, leaving, all }
    },
    between: (from, to) => {
      const days = Math.ceil((to - from) / DAY_MS) + 2
      return Array.from({ length: days }, (_, i) => onDay(dayNumber(from) - 1 + i))
        .flat()
        .filter((h) => h.startsAt >= from && h.startsAt < to)
        .sort((a, b) => a.startsAt - b.startsAt)
    },
  }
}

function draw(seed: number, settings: WorldSettings, venue: Venue, v: number, number: number): Happening[] {
  const random = createRandom(mix(mix(seed, 0x6576 + v), number))
  const day = dayOf(number)
  const festive = day.free || dayOf(number + 1).free
  const national = day.holiday === 'National Day' || day.holiday === 'Eid al-Fitr'
  const chance = (national ? 1 : venue.chance[festive ? 1 : 0]) * settings.events
  const lucky = random.next()
  const kind = random.pick(venue.kinds)
  const late = random.between(0, 1.5)
  const hours = random.between(1.4, 3)
  const share = random.between(0.3, 0.95)
  if (lucky >= chance) return []
  // After the evening prayers; in Ramadan after Taraweeh.
  const start = prayersOn(number, day.ramadan).isha + (day.ramadan ? 2.2 : 0.8) + late
  const startsAt = startOfDay(number) + Math.round((start * HOUR) / (15 * MINUTE)) * 15 * MINUTE
  const summer = number % 365.2425 > 140 && number % 365.2425 < 265 ? 0.5 : 1
  const attendance = Math.round(venue.capacity * share * summer * (national ? 1.05 : 1))
  const name = national ? (['celebration', day.holiday, 'احتفال'] as const) : kind
  return [
    {
      kind: name[0],
      name: name[1],
      nameAr: name[2],
      venueId: venue.id,
      startsAt,
      endsAt: startsAt + Math.round((hours * HOUR) / (5 * MINUTE)) * 5 * MINUTE,
      attendance,
    },
  ]
}

/** Share of the guests who have come: most in the forty minutes before the start. */
const arrived = (h: Happening, at: number): number => logistic((at - (h.startsAt - 22 * MINUTE)) / (10 * MINUTE))
/** Share who have gone. */
const left = (h: Happening, at: number): number => logistic((at - (h.endsAt + 12 * MINUTE)) / (8 * MINUTE))

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
