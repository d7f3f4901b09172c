import type { Place } from '@quartier/contracts'
import { MEASURES, type Measure, SYSTEMS } from '@quartier/contracts/live'

/** How the one figure of a row follows from its series; what it is called stands in `MEASURES` of the contracts. */
interface Rule {
  readonly measure: Measure
  readonly property: string
  readonly unit: string
  /** What one reading contributes; the free speed is known of detectors of traffic alone, and not from the beginning. */
  readonly of: (value: number, place: Place | undefined, freeSpeedKmh: number | undefined) => number
}

const itself = (value: number): number => value

/** Free speed until it is learnt: in streets of this width and more, and in narrower ones, where people walk too, km/h. */
const FREE_KMH = 50
const FREE_NARROW_KMH = 30
const NARROW_M = 10

const usualSpeedKmh = (place: Place | undefined): number =>
  place && place.widthM > 0 && place.widthM < NARROW_M ? FREE_NARROW_KMH : FREE_KMH

/** What a series of these properties contributes, where it is not the measure's own name and unit. */
const PARTS: Readonly<Record<string, Pick<Rule, 'property' | 'unit' | 'of'>>> = {
  'speed-share': {
    ...{ property: 'speed', unit: 'km/h' },
    of: (value, place, freeSpeedKmh = usualSpeedKmh(place)) => Math.min(1, value / freeSpeedKmh),
  },
  'free-share': { property: 'occupied', unit: '', of: (value) => 1 - value },
}

const RULES: readonly (Rule | undefined)[] = SYSTEMS.map((system) => {
  const measure = MEASURES[system]
  if (!measure) return undefined
  const { name, unit } = measure
  return { measure, ...(PARTS[name] ?? { property: name, unit, of: itself }) }
})

/** The rule of a system (its place in `SYSTEMS`), `undefined` where rows have no figure. */
export const ruleOf = (system: number): Rule | undefined => RULES[system]

/** Whether a series counts in the figure of its asset. */
export function isMeasured(system: number, property: string, unit: string): boolean {
  const rule = RULES[system]
  return rule !== undefined && rule.property === property && rule.unit === unit
}

/** One figure out of several, NaN out of none. */
export function combined(kind: Measure['kind'], values: Iterable<number>): number {
  let sum = 0
  let count = 0
  let highest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (Number.isNaN(value)) continue
    sum += value
    count++
    if (value > highest) highest = value
  }
  if (count === 0) return Number.NaN
  if (kind === 'highest') return highest
  return kind === 'sum' ? sum : sum / count
}
