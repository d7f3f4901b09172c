import type { DistrictModel } from '@quartier/contracts/schemas'
import { hashOf, jitter, mix } from '../random.ts'
import { type Wear, wearAt } from '../world/ageing.ts'
import { USUAL, type WorldSettings } from '../world/settings.ts'
import { createWorld, type World } from '../world/world.ts'
import { createSensorFaults, gatewaySilent } from './faults.ts'
import { createSensors, type SensorKind } from './sensors.ts'

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

/** @throws Error for a series whose asset and property are not in the catalogue. */
export function createDeviceModel(model: DistrictModel, seed: number, settings: WorldSettings = USUAL): DeviceModel {
  const gateways = model.assets.filter((a) => a.kind === 'gateway')
  const gatewaySeeds = new Map(gateways.map(({ id }) => [id, mix(seed, hashOf(id))]))
  const world = createWorld(model, seed, settings)
  const sensors = createSensors(model, seed, world)
  const faults = createSensorFaults(sensors, settings.faults)
  const { own, calmFrom, calmTo, kind, spot, machine, kinds, spots, machines } = sensors
  const truth = (i: number, at: number): number => {
    const now = world.moveTo(at)
    const k = kinds[kind[i]!]!
    const value = k.process(own[i]!, spots[spot[i]!]!.here(), now)
    const m = machine[i]!
    if (m < 0) return quantise(value, k)
    const { lives, hint } = machines[m]!
    const wear = wearAt(lives, at, hint)
    return quantise(wear ? worn(value, k, own[i]!, wear, at, settings) : value, k)
  }
  const read = (i: number, at: number): number => {
    if (at >= calmFrom[i]! && at < calmTo[i]!) return truth(i, at)
    const fault = faults(i, at)
    if (fault === 'silent') return Number.NaN
    const { max, min } = kinds[kind[i]!]!
    if (fault === 'out of range') return max + (max - min) * 0.25
    return truth(i, fault === 'none' ? at : fault)
  }
  return {
    world,
    read,
    readAll: (series, at, out) => {
      let readings = 0
      for (let row = 0; row < series.length; row++) {
        const value = read(series[row]!, at)
        out[row] = value
        if (!Number.isNaN(value)) readings++
      }
      return readings
    },
    silent: (gateway, at) => {
      const seedOf = gatewaySeeds.get(gateway)
      return seedOf !== undefined && gatewaySilent(seedOf, gatewaySeeds.size, at, settings.faults)
    },
  }
}

/** What a machine with a coming failure, or a failed one, says. */
function worn(
  value: number,
  { property }: SensorKind,
  own: number,
  wear: Wear,
  at: number,
  settings: WorldSettings,
): number {
  if (wear.stands) return wear.mode.stands[property] ?? value
  const sign = wear.mode.signs[property]
  if (!sign) return value
  const noise = settings.noise * 0.06 * sign.adds * jitter(own ^ 0x7369, at)
  return value + settings.signs * sign.adds * wear.share ** sign.power + noise
}

/** The nearest step of the sensor inside its range. */
function quantise(value: number, { min, max, step, perUnit }: SensorKind): number {
  const inside = value < min ? min : value > max ? max : value
  // Divided by a whole number, so that 0.1 steps print as 21.3 and not as 21.299999999999997.
  return perUnit > 0 ? Math.round(inside * perUnit) / perUnit : Math.round(inside / step) * step
}
