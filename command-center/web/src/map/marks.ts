import type { Bounds, Registry } from '../live/registry.ts'
import { BAD, NEVER, NO_SERIES, NORMAL, OUT_OF_RANGE, SILENT, type Situation, STALE } from '../live/situation.ts'
import type { Positions, SensorPositions } from './layers/sensor-layers.ts'
import { DOTS_ZOOM } from './zoom.ts'

export const needsLook = (state: number): boolean => state === OUT_OF_RANGE || state === BAD
const isBlind = (state: number): boolean => state === STALE || state === NEVER || state === SILENT

/** So few marks in view need no clusters. */
const FEW_MARKS = 250

/** Whether every asset in view has its own mark; otherwise they stand in clusters. */
export function isClose(
  view: { readonly zoom: number; readonly bounds: Bounds } | undefined,
  registry: Registry,
  assetState: Uint8Array | undefined,
): boolean {
  if (!view || !assetState) return false
  if (view.zoom >= DOTS_ZOOM) return true
  let marks = 0
  for (const [i, { longitude, latitude }] of registry.assets.entries()) {
    if (assetState[i] !== NO_SERIES && within(view.bounds, longitude, latitude) && ++marks > FEW_MARKS) return false
  }
  return true
}

/** Splits the assets into how they are drawn. */
export function sensorPositions(registry: Registry, assetState: Uint8Array): SensorPositions {
  const pick = (wanted: (state: number) => boolean): Positions => {
    const out: number[] = []
    for (const [i, { longitude, latitude }] of registry.assets.entries()) {
      if (assetState[i] !== NO_SERIES && wanted(assetState[i]!)) out.push(longitude, latitude)
    }
    return Float64Array.from(out)
  }
  return { normal: pick((s) => !isBlind(s) && !needsLook(s)), stale: pick(isBlind), look: pick(needsLook) }
}

/** The asset whose mark is nearest to a spot, within `reachPx`; -1 when there is none. */
export function nearestAsset(
  registry: Registry,
  assetState: Uint8Array,
  [longitude, latitude]: readonly [number, number],
  pixelsPerDegree: readonly [number, number],
  reachPx: number,
): number {
  let nearest = -1
  let best = reachPx * reachPx
  for (const [i, asset] of registry.assets.entries()) {
    if (assetState[i] === NO_SERIES) continue
    const dx = (asset.longitude - longitude) * pixelsPerDegree[0]
    const dy = (asset.latitude - latitude) * pixelsPerDegree[1]
    const distance = dx * dx + dy * dy
    if (distance <= best) {
      best = distance
      nearest = i
    }
  }
  return nearest
}

/** Series whose asset lies in the bounds, in index order; those without an asset always count. */
export function seriesInView(situation: Situation, bounds: Bounds | undefined): number[] {
  const { assets } = situation.registry
  const out: number[] = []
  for (let i = 0; i < situation.state.length; i++) {
    const asset = assets[situation.topology.assetOf[i]!]
    if (!bounds || !asset || within(bounds, asset.longitude, asset.latitude)) out.push(i)
  }
  return out
}

/** How many of these series need a look, as the list counts them. */
export const abnormalAmong = (situation: Situation, series: readonly number[]): number =>
  series.reduce((n, i) => n + (situation.state[i] === NORMAL || situation.waits(i) ? 0 : 1), 0)

export const within = ([west, south, east, north]: Bounds, x: number, y: number): boolean =>
  x >= west && x <= east && y >= south && y <= north
