import type { DistrictModel } from '@quartier/contracts/schemas'
import { hashOf, jitter, mix } from '../random.ts'
import { type Life, type Wear, wearAt } from '../world/ageing.ts'
import { USUAL, type WorldSettings } from '../world/settings.ts'
import { clamp } from '../world/sky.ts'
import { createWorld, type Now, type Where, type World } from '../world/world.ts'
import { CATALOGUE, GATEWAY, ROOM } from './catalogue.ts'
import { type Calm, createSensorFaults, gatewaySilent } from './faults.ts'
import type { PropertyKind } from './kinds.ts'
import type { Process } from './process.ts'
import { PROCESSES } from './processes.ts'

/** Values of all series of a district: functions of the seed, the series and the time, and of nothing else. */
export interface DeviceModel {
  readonly world: World
  /**
   * What series `i` of the district says at `at` (epoch ms), quantised to the sensor's step; NaN when it says nothing.
   * Now and then it lies: frozen, or outside its valid range.
   */
  read(i: number, at: number): number
  /** The same for a number of series at one instant, into `out` from its beginning; returns how many say something. */
  readAll(series: ArrayLike<number>, at: number, out: Float64Array): number
  /** Whether the gateway with this asset id is off the network. */
  silent(gateway: string, at: number): boolean
}

/** What is fixed about one series. */
interface Sensor {
  readonly kind: PropertyKind
  readonly process: Process
  /** Seeds of the device and of this sensor. */
  readonly own: number
  readonly mine: number
  readonly intervalMs: number
  readonly where: () => Where
  readonly lives: readonly Life[]
  readonly hint: { life: number }
  /** A stretch of time in which the sensor certainly works. */
  readonly calm: Calm
  /** Steps in one unit, for sensors finer than whole units; 0 otherwise. */
  readonly perUnit: number
}

/** @throws Error for a series whose asset and property are not in the catalogue. */
export function createDeviceModel(model: DistrictModel, seed: number, settings: WorldSettings = USUAL): DeviceModel {
  const count = model.series.length
  const gateways = model.assets.filter((a) => a.kind === 'gateway')
  const gatewaySeeds = new Map(gateways.map(({ id }) => [id, mix(seed, hashOf(id))]))
  const world = createWorld(model, seed, settings)
  const sensors = sensorsOf(model, seed, world)
  const faults = createSensorFaults(count, settings.faults)
  const read = (sensor: Sensor, at: number): number => {
    const { calm, kind } = sensor
    if (at >= calm.from && at < calm.to) return truth(sensor, world.moveTo(at), settings)
    const fault = faults.at(sensor.mine, sensor.intervalMs, at, calm)
    if (fault === 'silent') return Number.NaN
    if (fault === 'out of range') return kind.max + (kind.max - kind.min) * 0.25
    return truth(sensor, world.moveTo(fault === 'none' ? at : fault), settings)
  }
  return {
    world,
    read: (i, at) => read(sensors[i]!, at),
    readAll: (series, at, out) => {
      let readings = 0
      for (let row = 0; row < series.length; row++) {
        const value = read(sensors[series[row]!]!, at)
        out[row] = value
        if (!Number.isNaN(value)) readings++
      }
      return readings
    },
    silent: (gateway, at) => {
      const own = gatewaySeeds.get(gateway)
      return own !== undefined && gatewaySilent(own, gatewaySeeds.size, at, settings.faults)
    },
  }
}

function truth(sensor: Sensor, now: Now, settings: WorldSettings): number {
  const value = sensor.process(sensor.own, sensor.where(), now)
  const wear = sensor.lives.length === 0 ? undefined : wearAt(sensor.lives, now.at, sensor.hint)
  return quantise(wear ? worn(value, sensor, wear, now.at, settings) : value, sensor)
}

/** What a machine with a coming failure, or a failed one, says. */
function worn(value: number, { kind, own }: Sensor, wear: Wear, at: number, settings: WorldSettings): number {
  if (wear.stands) return wear.mode.stands[kind.property] ?? value
  const sign = wear.mode.signs[kind.property]
  if (!sign) return value
  const noise = settings.noise * 0.06 * sign.adds * jitter(own ^ 0x7369, at)
  return value + settings.signs * sign.adds * wear.share ** sign.power + noise
}

/** The nearest step of the sensor inside its range. */
function quantise(value: number, { kind, perUnit }: Sensor): number {
  const inside = clamp(value, kind.min, kind.max)
  // Divided by a whole number, so that 0.1 steps print as 21.3 and not as 21.299999999999997.
  return perUnit > 0 ? Math.round(inside * perUnit) / perUnit : Math.round(inside / kind.step) * kind.step
}

const KINDS = new Map(
  [...CATALOGUE, ROOM, { ...GATEWAY, kind: 'gateway' }].flatMap((k) =>
    k.properties.map((p) => [`${k.kind}/${p.property}`, p] as const),
  ),
)

function sensorsOf(model: DistrictModel, seed: number, world: World): Sensor[] {
  const assets = new Map(model.assets.map((a) => [a.id, a]))
  const known = new Map<string, Pick<Sensor, 'own' | 'where' | 'lives' | 'hint'>>()
  const properties = new Map<string, number>()
  return model.series.map((s): Sensor => {
    const asset = assets.get(s.assetId ?? '')
    const kind = asset && KINDS.get(`${asset.kind}/${s.property}`)
    if (!kind) throw new Error(`no device of the catalogue reports ${s.key}`)
    let device = known.get(asset.id)
    if (!device) {
      const own = mix(seed, hashOf(asset.id))
      device = { own, where: world.whereOf(asset), lives: world.livesOf(asset), hint: { life: 0 } }
      known.set(asset.id, device)
    }
    const hash = properties.get(s.property) ?? hashOf(s.property)
    properties.set(s.property, hash)
    return {
      ...device,
      kind,
      process: PROCESSES[kind.process],
      mine: mix(device.own, hash),
      intervalMs: s.intervalMs,
      calm: { from: 0, to: 0 },
      perUnit: kind.step < 1 ? Math.round(1 / kind.step) : 0,
    }
  })
}
