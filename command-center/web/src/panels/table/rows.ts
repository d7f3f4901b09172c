import { NORMAL, pressure, SERIES_STATES, type SeriesState } from '@quartier/contracts/live'
import { countIn, figuresOf, isMostlyBlind } from '../../live/figures.ts'
import { type AssetNode, type Bounds, middleOf, type PlaceNode, type Registry } from '../../live/registry.ts'
import type { DistrictSums } from '../../live/sums.ts'
import type { DetailTile, SensorTile } from '../../live/tiles.ts'
import { eachRow, seriesAt, stateAt } from '../../map/marks.ts'
import { inCircle, type Passing, within } from '../../map/passing.ts'
import { type Service, serviceOf } from '../../map/service.ts'
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
  /** Of a street or square; 0 where nothing is known. */
  readonly service: Service
  /** Of a car park, 0 to 1; NaN where nothing is known. */
  readonly freeShare: number
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
    const figures = figuresOf(found.counts)
    const { series, reporting, worst } = figures
    const known = !isMostlyBlind(figures)
    const service = known ? serviceOf(place.kind, found.measure) : 0
    const freeShare = known && place.kind === 'carpark' ? found.measure('parking') : Number.NaN
    return [{ type: 'place', id, place, state: worst, series, reporting, oldestAt: found.oldestAt, service, freeShare }]
  })
}

/** Whether the map says something of the place itself, however near it looks. */
export const isMeasured = ({ service, freeShare }: PlaceRow): boolean => service > 0 || !Number.isNaN(freeShare)

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

/** The order of the attention list: the most pressing state first, then the most critical; places before what is in them. */
export function inOrder<Row extends TableRow>(rows: readonly Row[]): Row[] {
  const criticality = (row: TableRow) =>
    row.state === NORMAL || row.type === 'place' ? 0 : (row.asset?.criticality ?? 0)
  const kind = (row: TableRow) => (row.type === 'place' ? 0 : 1)
  return [...rows].sort(
    (a, b) =>
      pressure(a.state) - pressure(b.state) ||
      criticality(b) - criticality(a) ||
      kind(a) - kind(b) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  )
}
