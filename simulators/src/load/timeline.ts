import { hashOf, mix, unit } from '../random.ts'
import type { Fault, Profile } from './profile.ts'

/** What the faults of a profile do at an instant; every decision follows from the seed. */
export interface Timeline {
  /** Sends the message at once, again, later, with another clock, or not at all. */
  decide(message: number, gateway: string, dueAt: number, second: number): Decision
  /** Broken messages per second. */
  malformedPerSecond(second: number): number
  /** Connections to cut in `(after, until]`. */
  cuts(connections: number, after: number, until: number): number[]
  /** Is the network stalled? */
  stalled(second: number): boolean
  /** MB to write per second. */
  diskLoad(second: number): number
  /** Whether a connection goes through the network that stalls. */
  isProxied(connection: number): boolean
}

export interface Decision {
  readonly silent: boolean
  readonly duplicate: boolean
  /** ms. */
  readonly delayMs: number
  readonly skewMs: number
}

type Of<K extends Fault['kind']> = Extract<Fault, { kind: K }>

/** Seconds count from the first message; faults begin after the ramp. */
export function createTimeline(profile: Profile): Timeline {
  const { seed, ramp } = profile
  const of = <K extends Fault['kind']>(kind: K) => profile.faults.filter((f): f is Of<K> => f.kind === kind)
  const [duplicates, lates, skews, silents] = [of('duplicates'), of('late'), of('clock-skew'), of('silent')]
  const [flaps, storms, stalls, disks, broken] = [
    of('flapping'),
    of('reconnect-storm'),
    of('stall'),
    of('slow-disk'),
    of('malformed'),
  ]
  const holds = (f: { readonly from: number; readonly for: number }, second: number) =>
    second >= ramp + f.from && second < ramp + f.from + f.for
  const chance = (salt: number, a: number, b: number) => unit(mix(seed, salt), mix(a, b))
  const proxied = Math.max(0, ...stalls.map((s) => s.share))
  return {
    decide: (message, gateway, dueAt, second) => {
      const instant = (dueAt / 1_000) | 0
      const late = lates.find((f) => holds(f, second) && chance(11, message, instant) < f.share)
      const skew = skews.find((f) => holds(f, second) && chance(12, hashOf(gateway), 0) < f.share)
      return {
        silent: silents.some((f) => holds(f, second) && chance(13, message, 0) < f.share),
        duplicate: duplicates.some((f) => holds(f, second) && chance(14, message, instant) < f.share),
        delayMs: late ? late.delay * 1_000 : 0,
        // A millisecond off the grid, so that no wrong time is another reading's right one.
        skewMs: skew ? Math.round(skew.offset * 1_000) + 1 : 0,
      }
    },
    malformedPerSecond: (second) => broken.reduce((n, f) => n + (holds(f, second) ? f.perSecond : 0), 0),
    cuts: (connections, after, until) => {
      const cut = new Set<number>()
      for (const s of storms)
        if (after < ramp + s.from && ramp + s.from <= until)
          for (let c = 0; c < connections; c++) if (chance(15, c, 0) < s.share) cut.add(c)
      for (const f of flaps)
        for (let c = 0; c < connections; c++) {
          if (chance(16, c, 0) >= f.share) continue
          const phase = chance(17, c, 0) * f.every
          const turn = Math.floor((until - phase) / f.every)
          const at = turn * f.every + phase
          if (at > after && at <= until && holds(f, at)) cut.add(c)
        }
      return [...cut]
    },
    stalled: (second) => stalls.some((f) => holds(f, second)),
    diskLoad: (second) => disks.reduce((n, f) => n + (holds(f, second) ? f.mbPerSecond : 0), 0),
    isProxied: (connection) => proxied > 0 && chance(18, connection, 0) < proxied,
  }
}
