import { isBlind, NEVER, NORMAL, pressure, WAITING } from '@quartier/contracts/live'
import { formatAge } from '../i18n/format.ts'
import type { Translate } from '../i18n/translate.ts'
import type { Bounds } from '../live/registry.ts'
import type { DetailTile, SensorTile } from '../live/tiles.ts'
import { formatReading } from '../panels/words.ts'
import type { ValueBlock, ValueLine } from './chips.ts'
import { eachRow } from './marks.ts'
import type { Passing } from './passing.ts'
import { assetAt } from './spots.ts'

/** More cannot be read, nor be written in time. */
const BLOCKS_MOST = 90
const LINES_MOST = 4

interface Gathered {
  readonly longitude: number
  readonly latitude: number
  readonly rows: { readonly tile: SensorTile; readonly row: number; readonly state: number }[]
  pressure: number
}

/** What is written beside the assets in view, the most pressing first. @param now platform time */
export function valueBlocks(
  tiles: readonly DetailTile[],
  passing: Passing,
  bounds: Bounds,
  now: number,
  t: Translate,
): ValueBlock[] {
  const byAsset = new Map<string, Gathered>()
  eachRow(tiles, passing, bounds, (tile, row) => {
    if (tile.level !== 'sensors') return
    const asset = assetAt(tile, row)
    if (!asset) return
    const state = tile.columns.state[row]!
    let gathered = byAsset.get(asset.id)
    if (!gathered) {
      const { longitude, latitude } = asset
      gathered = { longitude, latitude, rows: [], pressure: 9 }
      byAsset.set(asset.id, gathered)
    }
    gathered.rows.push({ tile, row, state })
    gathered.pressure = Math.min(gathered.pressure, pressure(state))
  })
  const pressing = [...byAsset.values()].sort((a, b) => a.pressure - b.pressure).slice(0, BLOCKS_MOST)
  return pressing.map(({ longitude, latitude, rows }) => {
    rows.sort((a, b) => pressure(a.state) - pressure(b.state))
    const lines = rows.slice(0, LINES_MOST).map(({ tile, row, state }) => lineOf(tile, row, state, now, t))
    return { longitude, latitude, lines }
  })
}

function lineOf({ index, columns }: SensorTile, row: number, state: number, now: number, t: Translate): ValueLine {
  const series = index!.series[row]!
  if (state === NEVER || state === WAITING) return { text: t(state === NEVER ? 'is.never' : 'is.waiting'), look: 'dim' }
  const value = textOf(series, columns.value[row]!, t)
  if (!isBlind(state)) return { text: value, look: state === NORMAL ? 'normal' : 'strong' }
  return { text: `${value} · ${formatAge(now - columns.measuredAt[row]!, t)}`, look: 'dim' }
}

/** The same value is written the same way; a hundred of them are asked for four times a second. */
const texts = new WeakMap<object, { readonly value: number; readonly t: Translate; readonly text: string }>()

function textOf(series: NonNullable<SensorTile['index']>['series'][number], value: number, t: Translate): string {
  const known = texts.get(series)
  if (known && known.value === value && known.t === t) return known.text
  const text = formatReading(value, series, t)
  texts.set(series, { value, t, text })
  return text
}
