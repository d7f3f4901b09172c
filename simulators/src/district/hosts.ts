import { CATALOGUE, ROOM } from '../devices/catalogue.ts'
import type { DeviceKind } from '../devices/kinds.ts'
import type { Random } from '../random.ts'
import { areaOf, type Rect, type Spot } from './frame.ts'
import type { Site } from './places.ts'

/** How many devices of each kind a district of `count` series has. */
export function quotas(count: number): { kind: DeviceKind; devices: number }[] {
  const some = CATALOGUE.map((kind) => {
    const devices = Math.min(kind.atMost, Math.max(1, Math.round((kind.share * count) / kind.properties.length)))
    return { kind, devices }
  })
  const taken = some.reduce((sum, { kind, devices }) => sum + devices * kind.properties.length, 0)
  const rooms = Math.max(1, Math.ceil((count - taken) / ROOM.properties.length))
  return [...some, { kind: ROOM, devices: rooms }]
}

/** All devices, kinds evenly mixed; `at` in [0, 1) says where along the sites of its kind a device stands. */
export function inOrder(quota: readonly { kind: DeviceKind; devices: number }[]): { kind: DeviceKind; at: number }[] {
  const all = quota.flatMap(({ kind, devices }) =>
    Array.from({ length: devices }, (_, i) => ({ kind, at: (i + 0.5) / devices, turn: scattered(i, devices) })),
  )
  return all.sort((a, b) => a.turn - b.turn)
}

/** A step of about 0.618 of the whole: devices that follow each other stand far apart. */
const scattered = (i: number, of: number): number => ((i * 0.618_033_988_749_895) % 1) + i / of / 1e6

/** Sites of one kind, found by a share of their joint weight. */
export class Hosts {
  readonly #sites: readonly Site[]
  readonly #ends: number[] = []

  constructor(sites: readonly Site[]) {
    this.#sites = sites
    let sum = 0
    for (const site of sites) {
      sum += site.weight
      this.#ends.push(sum)
    }
  }

  /** The site, and how far into it the share reaches, both in [0, 1). */
  at(share: number): { readonly site: Site; readonly within: number } {
    const weight = share * this.#ends.at(-1)!
    const i = this.#ends.findIndex((end) => end > weight)
    const site = this.#sites[i]!
    return { site, within: 1 - (this.#ends[i]! - weight) / site.weight }
  }
}

/**
 * Where on its site a device stands. What stands along a street or in a car park is lined up: at the kerbs, from one
 * end to the other, and in rows of bays; all else stands anywhere.
 */
export function spotOn(site: Site, within: number, n: number, random: Random): Spot {
  const part = site.parts[0]!
  if (site.kind === 'street') return atKerb(part, within, n % 2 === 0)
  if (site.kind === 'carpark') return inBay(part, within)
  return spotIn(site.parts, random)
}

function atKerb(street: Rect, within: number, left: boolean): Spot {
  const eastward = street.u1 - street.u0 > street.v1 - street.v0
  const kerb = 1.6
  return eastward
    ? [street.u0 + within * (street.u1 - street.u0), left ? street.v1 - kerb : street.v0 + kerb]
    : [left ? street.u0 + kerb : street.u1 - kerb, street.v0 + within * (street.v1 - street.v0)]
}

function inBay(park: Rect, within: number): Spot {
  const rows = Math.max(1, Math.floor((park.v1 - park.v0) / 5.5))
  const row = Math.floor(within * rows)
  const along = within * rows - row
  return [park.u0 + along * (park.u1 - park.u0), park.v0 + ((row + 0.5) / rows) * (park.v1 - park.v0)]
}

/** A random spot in one of the rectangles, half a metre off the walls. */
export function spotIn(parts: readonly Rect[], random: Random): Spot {
  let rest = random.next() * parts.reduce((sum, p) => sum + areaOf(p), 0)
  let part = parts[0]!
  for (const next of parts) {
    part = next
    rest -= areaOf(next)
    if (rest < 0) break
  }
  return [random.between(part.u0 + 0.5, part.u1 - 0.5), random.between(part.v0 + 0.5, part.v1 - 0.5)]
}
