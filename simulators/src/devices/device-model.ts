import type { Asset, DistrictModel } from '@quartier/contracts/schemas'
import { hashOf, mix } from '../random.ts'
import { CATALOGUE, GATEWAY, ROOM } from './catalogue.ts'
import { gatewaySilent, outOfRange, sensorFrozenSince, sensorSilent } from './faults.ts'
import type { PropertyKind } from './kinds.ts'
import { PROCESSES, type Process, type Where } from './processes.ts'
import { USES } from './profiles.ts'
import { clamp, type Sky, skyAt } from './sky.ts'

/** Values of all series of a district: functions of the seed, the series and the time, and of nothing else. */
export interface DeviceModel {
  /**
   * What series `i` of the district says at `at` (epoch ms), quantised to the sensor's step; NaN when it says nothing.
   * Now and then it lies: frozen, or outside its valid range.
   */
  read(i: number, at: number): number
  /** Whether the gateway with this asset id is off the network. */
  silent(gateway: string, at: number): boolean
}

/** @throws Error for a series whose asset and property are not in the catalogue. */
export function createDeviceModel(model: DistrictModel, seed: number): DeviceModel {
  const count = model.series.length
  const gateways = model.assets.filter((a) => a.kind === 'gateway').length
  const own = new Uint32Array(count)
  const kinds: PropertyKind[] = []
  const places: Where[] = []
  const intervals = new Float64Array(count)
  const whereOf = placesOf(model, seed)
  const assets = new Map(model.assets.map((a) => [a.id, a]))
  for (const [i, s] of model.series.entries()) {
    const asset = assets.get(s.assetId ?? '')
    const kind = asset && KINDS.get(`${asset.kind}/${s.property}`)
    if (!kind) throw new Error(`no device of the catalogue reports ${s.key}`)
    own[i] = mix(seed, hashOf(asset.id))
    kinds.push(kind)
    places.push(whereOf(asset))
    intervals[i] = s.intervalMs
  }
  const sky = remember((at) => skyAt(seed, at))
  const truth = (i: number, at: number): number => {
    const kind = kinds[i]!
    const process = PROCESSES[kind.process] as Process
    return quantise(process(own[i]!, places[i]!, sky(at), at), kind)
  }
  return {
    read: (i, at) => {
      const kind = kinds[i]!
      const mine = mix(own[i]!, hashOf(kind.property))
      if (sensorSilent(mine, count, at)) return Number.NaN
      if (outOfRange(mine, count, intervals[i]!, at)) return kind.max + (kind.max - kind.min) * 0.25
      const frozenAt = sensorFrozenSince(mine, count, at)
      return truth(i, Number.isNaN(frozenAt) ? at : frozenAt)
    },
    silent: (gateway, at) => gatewaySilent(mix(seed, hashOf(gateway)), gateways, at),
  }
}

const KINDS = new Map(
  [...CATALOGUE, ROOM, { ...GATEWAY, kind: 'gateway' }].flatMap((k) =>
    k.properties.map((p) => [`${k.kind}/${p.property}`, p] as const),
  ),
)

/** The nearest step of the sensor inside its range. */
function quantise(value: number, { step, min, max }: PropertyKind): number {
  const inside = clamp(value, min, max)
  // Divided by a whole number, so that 0.1 steps print as 21.3 and not as 21.299999999999997.
  return step < 1 ? Math.round(inside / step) / Math.round(1 / step) : Math.round(inside / step) * step
}

/** Assets of one place share its nature; the same object for each of them. */
function placesOf(model: DistrictModel, seed: number): (asset: Asset) => Where {
  const places = new Map(model.places.map((p) => [p.id, p]))
  const known = new Map<string, Where>()
  return ({ placeId }) => {
    const existing = known.get(placeId)
    if (existing) return existing
    const place = places.get(placeId)
    const use = USES[mix(seed, hashOf(placeId)) % USES.length]!
    const floors = Math.max(1, Math.round(((place?.heightM ?? 0) - 1.8) / 3.8))
    const where = {
      seed: mix(seed, hashOf(placeId)),
      zoneSeed: mix(seed, hashOf(place?.parentId ?? placeId)),
      use: place?.kind === 'building' ? use : 'civic',
      floors,
    } as const
    known.set(placeId, where)
    return where
  }
}

/** Readings of one message share their instant: the sky is looked up once. */
function remember(look: (at: number) => Sky): (at: number) => Sky {
  let lastAt = Number.NaN
  let last: Sky | undefined
  return (at) => {
    if (at === lastAt && last) return last
    lastAt = at
    last = look(at)
    return last
  }
}
