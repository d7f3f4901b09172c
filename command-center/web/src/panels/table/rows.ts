import { NORMAL, pressure, SERIES_STATES, type SeriesState } from '@quartier/contracts/live'
import { countIn, figuresOf } from '../../live/figures.ts'
import { type AssetNode, type Bounds, middleOf, type PlaceNode, type Registry } from '../../live/registry.ts'
import type { DistrictSums } from '../../live/sums.ts'
import type { DetailTile, SensorTile } from '../../live/tiles.ts'
import { eachRow, seriesAt, stateAt } from '../../map/marks.ts'
import { inCircle, type Passing, within } from '../../map/passing.ts'
import { assetAt } from '../../map/spots.ts'

type SensorFacts = NonNullable<SensorTile['index']>['series'][number]

interface Common {
  readonly id: string
  readonly state: SeriesState
}
/** Many series as one line. */
export interface RollupRow extends Common {
  readonly series: number
  readonly reporting: number
  /** Since when the quietest is quiet, epoch ms; NaN when none has a value. */
  readonly oldestAt: number
}
export interface PlaceRow extends RollupRow {
  readonly type: 'place'
  readonly place: PlaceNode
}
export interface AssetRow extends RollupRow {
  readonly type: 'asset'
  readonly asset: Omit<AssetNode, 'zoneId'>
}
export interface SensorRow extends Common {
  readonly type: 'sensor'
  readonly asset: Omit<AssetNode, 'zoneId'> | undefined
  readonly series: SensorFacts
  readonly value: number
  readonly measuredAt: number
  readonly quality: number
}
export type TableRow = PlaceRow | AssetRow | SensorRow

/** The places in view. */
export function placeRows(
  registry: Registry,
  sums: DistrictSums,
  passing: Passing,
  bounds: Bounds | undefined,
): PlaceRow[] {
  return sums.places.flatMap((id): PlaceRow[] => {
    const place = registry.placeById.get(id)
    const found = sums.place(id)
    if (!place || !found || countIn(found.counts, passing.states) === 0) return []
    const [x, y] = middleOf(place.geometry)
    if ((bounds && !within(bounds, x, y)) || (passing.circle && !inCircle(passing.circle, x, y))) return []
    const { series, reporting, worst } = figuresOf(found.counts)
    return [{ type: 'place', id, place, state: worst, series, reporting, oldestAt: found.oldestAt }]
  })
}

/** The assets or series in view, as many as there are. */
export function detailRows(tiles: readonly DetailTile[], passing: Passing, bounds: Bounds | undefined): TableRow[] {
  const rows: TableRow[] = []
  eachRow(tiles, passing, bounds, (tile, row) => {
    const asset = assetAt(tile, row)
    const state = stateAt(tile, row) as SeriesState
    if (tile.level === 'assets') {
      if (!asset || seriesAt(tile, row) === 0) return
      const { series, reporting } = figuresOf(tile.columns.counts, row * SERIES_STATES)
      const oldestAt = tile.columns.oldestAt[row]!
      rows.push({ type: 'asset', id: asset.id, asset, state, series, reporting, oldestAt })
      return
    }
    const series = tile.index!.series[row]!
    const { value, measuredAt, quality } = tile.columns
    const newest = { value: value[row]!, measuredAt: measuredAt[row]!, quality: quality[row]! }
    rows.push({ type: 'sensor', id: series.key, asset, state, series, ...newest })
  })
  return rows
}

/** The order of the attention list: the most pressing state first, then the most critical, then by name. */
export function inOrder<Row extends TableRow>(rows: readonly Row[]): Row[] {
  const criticality = (row: TableRow) => ('asset' in row ? (row.asset?.criticality ?? 0) : 0)
  const urgent = (row: TableRow) => (row.state === NORMAL ? 0 : criticality(row))
  return [...rows].sort(
    (a, b) =>
      pressure(a.state) - pressure(b.state) || urgent(b) - urgent(a) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  )
}
