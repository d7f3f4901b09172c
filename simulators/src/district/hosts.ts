import type { DeviceKind } from '../devices/catalogue.ts'
import { CATALOGUE, ROOM } from '../devices/catalogue.ts'
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

  at(share: number): Site {
    const weight = share * this.#ends.at(-1)!
    let from = 0
    let to = this.#sites.length - 1
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#ends[middle]! > weight) to = middle
      else from = middle + 1
    }
    return this.#sites[from]!
  }
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
