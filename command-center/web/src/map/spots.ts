import type { TileAsset } from '@quartier/contracts/api'
import type { DetailTile, SensorTile } from '../live/tiles.ts'

/** Where the rows of a tile stand: longitude and latitude, one pair after the other; NaN without a position. */
const spotsOf = new WeakMap<object, Float64Array>()

/** Series of one asset stand this far apart, metres. */
const STEP_M = 1.1
const METRES_PER_DEGREE = 111_320

/** Made once for each index. */
export function spotsFor({ index }: DetailTile): Float64Array {
  if (!index) return NOWHERE
  let spots = spotsOf.get(index)
  if (!spots) {
    spots =
      index.level === 'assets'
        ? Float64Array.from(index.assets.flatMap(({ longitude, latitude }) => [longitude, latitude]))
        : fanned(index)
    spotsOf.set(index, spots)
  }
  return spots
}

const NOWHERE = new Float64Array(0)

/** The asset of a row. */
export function assetAt({ index }: DetailTile, row: number): TileAsset | undefined {
  if (!index) return undefined
  return index.level === 'assets' ? index.assets[row] : index.assets[index.series[row]?.asset ?? -1]
}

/** The series of one asset in a small block around it, row by row. */
function fanned({ assets, series }: NonNullable<SensorTile['index']>): Float64Array {
  const total = new Uint32Array(assets.length)
  for (const { asset } of series) if (asset >= 0) total[asset] = total[asset]! + 1
  const placed = new Uint32Array(assets.length)
  const spots = new Float64Array(series.length * 2).fill(Number.NaN)
  for (const [row, { asset }] of series.entries()) {
    const at = assets[asset]
    if (!at) continue
    const nth = placed[asset]!
    placed[asset] = nth + 1
    const columns = Math.ceil(Math.sqrt(total[asset]!))
    const rows = Math.ceil(total[asset]! / columns)
    const east = ((nth % columns) - (columns - 1) / 2) * STEP_M
    const south = (Math.floor(nth / columns) - (rows - 1) / 2) * STEP_M
    spots[row * 2] = at.longitude + east / (METRES_PER_DEGREE * Math.cos((at.latitude * Math.PI) / 180))
    spots[row * 2 + 1] = at.latitude - south / METRES_PER_DEGREE
  }
  return spots
}
