import type { DistrictModel } from '@quartier/contracts/schemas'
import { hashOf, mix } from '../random.ts'
import type { Life } from '../world/ageing.ts'
import type { Spot, World } from '../world/world.ts'
import { CATALOGUE, GATEWAY, ROOM } from './catalogue.ts'
import type { PropertyKind } from './kinds.ts'
import type { Process } from './process.ts'
import { PROCESSES } from './processes.ts'

/** A kind of sensor, ready to be read. */
export interface SensorKind extends Omit<PropertyKind, 'process'> {
  readonly process: Process
  /** Steps in one unit, for sensors finer than whole units; 0 otherwise. */
  readonly perUnit: number
}

/** The lives of a machine, and the place in them that was looked at last. */
export interface Machine {
  readonly lives: readonly Life[]
  readonly hint: { life: number }
}

/**
 * All sensors of a district in columns: a large one is read in no order that a cache could guess, so what belongs to
 * one sensor is small and lies beside its neighbour's.
 */
export interface Sensors {
  /** Seeds of the device and of this sensor. */
  readonly own: Uint32Array
  readonly mine: Uint32Array
  readonly intervalMs: Float64Array
  /** A stretch of time in which the sensor certainly works. */
  readonly calmFrom: Float64Array
  readonly calmTo: Float64Array
  /** Places in `kinds` and `spots`, and in `machines`; -1 for what does not wear. */
  readonly kind: Uint16Array
  readonly spot: Uint32Array
  readonly machine: Int32Array
  readonly kinds: readonly SensorKind[]
  readonly spots: readonly Spot[]
  readonly machines: readonly Machine[]
}

const ALL = [...CATALOGUE, ROOM, { ...GATEWAY, kind: 'gateway' }].flatMap((k) =>
  k.properties.map((p) => ({ name: `${k.kind}/${p.property}`, p })),
)
const KINDS: readonly SensorKind[] = ALL.map(({ p }) => ({
  ...p,
  process: PROCESSES[p.process],
  perUnit: p.step < 1 ? Math.round(1 / p.step) : 0,
}))
const PLACE_OF_KIND = new Map(ALL.map(({ name }, i) => [name, i]))

/** @throws Error for a series whose asset and property are not in the catalogue. */
export function createSensors(model: DistrictModel, seed: number, world: World): Sensors {
  const count = model.series.length
  const assets = new Map(model.assets.map((a) => [a.id, a]))
  const devices = new Map<string, { own: number; spot: number; machine: number }>()
  const spotPlaces = new Map<Spot, number>()
  const hashes = new Map<string, number>()
  const [spots, machines]: [Spot[], Machine[]] = [[], []]
  const columns: Sensors = {
    own: new Uint32Array(count),
    mine: new Uint32Array(count),
    intervalMs: new Float64Array(count),
    calmFrom: new Float64Array(count),
    calmTo: new Float64Array(count),
    kind: new Uint16Array(count),
    spot: new Uint32Array(count),
    machine: new Int32Array(count),
    kinds: KINDS,
    spots,
    machines,
  }
  for (const [i, s] of model.series.entries()) {
    const asset = assets.get(s.assetId ?? '')
    const kind = asset && PLACE_OF_KIND.get(`${asset.kind}/${s.property}`)
    if (kind === undefined) throw new Error(`no device of the catalogue reports ${s.key}`)
    let device = devices.get(asset!.id)
    if (!device) {
      const spot = world.spotOf(asset!)
      const lives = world.livesOf(asset!)
      device = {
        own: mix(seed, hashOf(asset!.id)),
        spot: spotPlaces.get(spot) ?? spots.push(spot) - 1,
        machine: lives.length === 0 ? -1 : machines.push({ lives, hint: { life: 0 } }) - 1,
      }
      spotPlaces.set(spot, device.spot)
      devices.set(asset!.id, device)
    }
    const hash = hashes.get(s.property) ?? hashOf(s.property)
    hashes.set(s.property, hash)
    columns.own[i] = device.own
    columns.mine[i] = mix(device.own, hash)
    columns.intervalMs[i] = s.intervalMs
    columns.kind[i] = kind
    columns.spot[i] = device.spot
    columns.machine[i] = device.machine
  }
  return columns
}
