import type { Level } from '@quartier/contracts/live'

/** From these zooms on something nearer is shown, and a little farther out than that it goes again. */
const ASSETS_ZOOM = 17.2
const SENSORS_ZOOM = 19.2
const SLACK = 0.25
/** So few series in view need no clusters. */
const FEW_SERIES = 700

/**
 * How near the map looks. The way back takes a little more than the way there, so that nothing flickers at the edge.
 * @param before the level that is shown
 * @param series about how many are in view
 */
export function levelFor(zoom: number, before: Level, series: number): Level {
  const from = (limit: number, isNow: boolean) => limit - (isNow ? SLACK : 0)
  if (zoom >= from(SENSORS_ZOOM, before === 'sensors')) return 'sensors'
  if (zoom >= from(ASSETS_ZOOM, before !== 'district')) return 'assets'
  const few = before === 'district' ? FEW_SERIES : FEW_SERIES * 1.3
  return series <= few ? 'assets' : 'district'
}
