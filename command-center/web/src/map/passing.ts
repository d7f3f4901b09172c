import { STATE_WORDS } from '@quartier/contracts/live'
import type { Circle, DeskView } from '../desk-state.ts'
import type { Bounds } from '../live/registry.ts'

/** What of all that is loaded the map and its table show. Absent: everything passes. */
export interface Passing {
  readonly systems: ReadonlySet<string> | undefined
  readonly zones: ReadonlySet<string> | undefined
  readonly kinds: ReadonlySet<string> | undefined
  readonly properties: ReadonlySet<string> | undefined
  /** One bit for each state. */
  readonly states: number
  readonly circle: Circle | undefined
}

export const ALL_STATES = 0xff

/** @param systems those that there are */
export function passingOf({ off, filter, circle }: DeskView, systems: readonly string[]): Passing {
  const setOf = (values: readonly string[]) => (values.length > 0 ? new Set(values) : undefined)
  return {
    systems: off.length > 0 ? new Set(systems.filter((system) => !off.includes(system))) : undefined,
    zones: setOf(filter.zones),
    kinds: setOf(filter.kinds),
    properties: setOf(filter.properties),
    states: filter.states.reduce((bits, word) => bits | (1 << STATE_WORDS.indexOf(word)), 0) || ALL_STATES,
    circle,
  }
}

export const within = ([west, south, east, north]: Bounds, x: number, y: number): boolean =>
  x >= west && x <= east && y >= south && y <= north

const METRES_PER_DEGREE = 111_320

/** Metres between two positions that are near each other. */
export function metresBetween(x0: number, y0: number, x1: number, y1: number): number {
  const perX = METRES_PER_DEGREE * Math.cos((((y0 + y1) / 2) * Math.PI) / 180)
  return Math.hypot((x1 - x0) * perX, (y1 - y0) * METRES_PER_DEGREE)
}

export const inCircle = ({ longitude, latitude, radiusM }: Circle, x: number, y: number): boolean =>
  metresBetween(longitude, latitude, x, y) <= radiusM

/** The smallest box around a circle. */
export function boundsOfCircle({ longitude, latitude, radiusM }: Circle): Bounds {
  const y = radiusM / METRES_PER_DEGREE
  const x = y / Math.cos((latitude * Math.PI) / 180)
  return [longitude - x, latitude - y, longitude + x, latitude + y]
}
