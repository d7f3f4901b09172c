import type { Random } from '../random.ts'

/** A point of the plan in metres: `u` along the streets that run east, `v` along those that run north. */
export type Spot = readonly [u: number, v: number]
export interface Rect {
  readonly u0: number
  readonly v0: number
  readonly u1: number
  readonly v1: number
}
/** A ring of GeoJSON: longitude and latitude, first and last the same. */
export type Ring = [number, number][]

/** The plan laid onto the ground. */
export interface Frame {
  /** Longitude and latitude of a spot of the plan, to 7 decimals (about a centimetre). */
  place(spot: Spot): [number, number]
  /** A closed ring through these spots, in their order. */
  ring(spots: readonly Spot[]): Ring
}

const CENTRE = { latitude: 25.2867, longitude: 51.526 }
const TURN = (4.6 * Math.PI) / 180

/**
 * Lays a plan of `width` × `depth` metres around the district's centre: turned a little against north, and with its
 * corners pulled by a few metres, as grown streets are. The map is bilinear, so lines along `u` or `v` stay straight
 * and what does not overlap on the plan does not overlap on the ground.
 */
export function createFrame(width: number, depth: number, random: Random): Frame {
  const pull = () => random.between(-9, 9)
  const corner = (u: number, v: number): Spot => turned([u - width / 2 + pull(), v - depth / 2 + pull()])
  const sw = corner(0, 0)
  const se = corner(width, 0)
  const ne = corner(width, depth)
  const nw = corner(0, depth)
  const place = ([u, v]: Spot): [number, number] => {
    const s = u / width
    const t = v / depth
    const blend = (axis: 0 | 1) =>
      sw[axis] * (1 - s) * (1 - t) + se[axis] * s * (1 - t) + ne[axis] * s * t + nw[axis] * (1 - s) * t
    return toDegrees(blend(0), blend(1))
  }
  return {
    place,
    ring: (spots) => {
      const ring = spots.map(place)
      return [...ring, ring[0]!]
    },
  }
}

/** The corners of a rectangle, counter-clockwise. */
export const corners = (r: Rect): Spot[] => [
  [r.u0, r.v0],
  [r.u1, r.v0],
  [r.u1, r.v1],
  [r.u0, r.v1],
]

/** `r` made smaller by `by` metres on every side. */
export const inset = (r: Rect, by: number): Rect => ({ u0: r.u0 + by, v0: r.v0 + by, u1: r.u1 - by, v1: r.v1 - by })

export const middle = (r: Rect): Spot => [(r.u0 + r.u1) / 2, (r.v0 + r.v1) / 2]

export const areaOf = (r: Rect): number => (r.u1 - r.u0) * (r.v1 - r.v0)

const turned = ([x, y]: Spot): Spot => [
  x * Math.cos(TURN) - y * Math.sin(TURN),
  x * Math.sin(TURN) + y * Math.cos(TURN),
]

/** Metres east and north of the centre → degrees, with the ellipsoid's metres per degree at the centre (WGS 84). */
function toDegrees(x: number, y: number): [number, number] {
  const phi = (CENTRE.latitude * Math.PI) / 180
  const perLatitude = 111_132.954 - 559.822 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi)
  const perLongitude = 111_412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi)
  return [round7(CENTRE.longitude + x / perLongitude), round7(CENTRE.latitude + y / perLatitude)]
}

const round7 = (x: number): number => Math.round(x * 1e7) / 1e7
