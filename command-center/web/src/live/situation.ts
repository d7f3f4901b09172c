import { type LiveSeries, staleAfterMs } from '@quartier/contracts/live'
import {
  MARK_HISTORICAL,
  MARK_OUT_OF_RANGE,
  QUALITY_BAD,
  QUALITY_LEVEL,
  QUALITY_STALE,
  QUALITY_UNCERTAIN,
} from '@quartier/contracts/quality'
import { type AssetNode, gatewayOf, isGateway, type Registry } from './registry.ts'
import type { LiveData } from './store.ts'

/** What is to be said about a series now, the more pressing first. */
export const NORMAL = 0
export const OUT_OF_RANGE = 1
export const SILENT = 2
export const BAD = 3
export const STALE = 4
export const NEVER = 5
export const UNCERTAIN = 6
export type SeriesState = 0 | 1 | 2 | 3 | 4 | 5 | 6

/** How the platform's clock runs, and since when it has been listening. */
export interface Watching {
  /** Platform ms per real ms. */
  readonly speed: number
  /** Platform time, epoch ms: silence before it says nothing, since nobody listened. */
  readonly since: number
}

const ALWAYS: Watching = { speed: 1, since: Number.NEGATIVE_INFINITY }

/** So many rows of one kind become one row. */
const FOLD_FROM = 5

/** Where each series belongs; computed once per index. */
export interface Topology {
  /** Place in `registry.assets`, -1 when the series has no asset that we may see. */
  readonly assetOf: Int32Array
  /** Place in `registry.assets` of the gateway above, -1 when there is none. */
  readonly gatewayOf: Int32Array
  /** Series of each asset, in index order. */
  readonly seriesOf: readonly (readonly number[])[]
}

/** One line of the list of what needs a look. */
export interface AttentionRow {
  readonly id: string
  readonly state: Exclude<SeriesState, 0>
  /** The series it is about; -1 for a silent gateway. */
  readonly series: number
  /** Place in `registry.assets`, -1 when there is none. */
  readonly asset: number
  /** How many series stand behind the line. */
  readonly count: number
  readonly criticality: number
  /** The rows that this one stands for: the same trouble of the same property at assets of one kind. */
  readonly folded?: readonly AttentionRow[]
}

export interface Situation {
  readonly at: number
  readonly data: LiveData
  readonly registry: Registry
  readonly topology: Topology
  readonly state: Uint8Array
  /** Whether a silent series is silent only because the platform has not listened for long enough. */
  waits(series: number): boolean
  /** Series by state, without silence that the platform has not listened to for long enough. */
  readonly counts: readonly number[]
  readonly silentGateways: number
  /** Most pressing first. */
  readonly attention: readonly AttentionRow[]
  /** Per asset: the most pressing state of its series, 255 when it has none. */
  readonly assetState: Uint8Array
  /** Per asset: series that report (normal, out of range, uncertain or bad). */
  readonly assetReporting: Uint16Array
}

export const NO_SERIES = 255

export function createTopology(series: readonly LiveSeries[], registry: Registry): Topology {
  const place = new Map(registry.assets.map((asset, i) => [asset.id, i]))
  const assetOf = new Int32Array(series.length).fill(-1)
  const gateway = new Int32Array(series.length).fill(-1)
  const seriesOf: number[][] = registry.assets.map(() => [])
  const gatewayOfAsset = new Map<AssetNode, number>()
  for (const [i, { assetId }] of series.entries()) {
    const at = assetId === null ? undefined : place.get(assetId)
    if (at === undefined) continue
    const asset = registry.assets[at]!
    assetOf[i] = at
    seriesOf[at]!.push(i)
    let above = gatewayOfAsset.get(asset)
    if (above === undefined) {
      const found = isGateway(asset) ? asset : gatewayOf(registry, asset)
      above = found ? place.get(found.id)! : -1
      gatewayOfAsset.set(asset, above)
    }
    gateway[i] = above
  }
  return { assetOf, gatewayOf: gateway, seriesOf }
}

/** Judges one series. @param age platform ms since its newest value, NaN when there is none @param speed of the clock */
export function judge(series: LiveSeries, value: number, age: number, quality: number, speed = 1): SeriesState {
  if (Number.isNaN(age)) return NEVER
  const level = quality & QUALITY_LEVEL
  const historical = (quality & MARK_HISTORICAL) !== 0
  const late = series.intervalMs > 0 && age > staleAfterMs(series.intervalMs, speed) && !historical
  if (late || level === QUALITY_STALE) return STALE
  if (level === QUALITY_BAD) return BAD
  const { validMin, validMax } = series
  const outside = (validMin !== null && value < validMin) || (validMax !== null && value > validMax)
  if (outside || quality & MARK_OUT_OF_RANGE) return OUT_OF_RANGE
  return level === QUALITY_UNCERTAIN ? UNCERTAIN : NORMAL
}

export const isReporting = (state: number): boolean => state !== SILENT && state !== STALE && state !== NEVER

/** The whole picture at one instant. @param at platform time, epoch ms */
export function assess(
  data: LiveData,
  registry: Registry,
  topology: Topology,
  at: number,
  { speed, since }: Watching = ALWAYS,
): Situation {
  const { series, value, measuredAt, quality } = data
  const state = new Uint8Array(series.length)
  for (let i = 0; i < series.length; i++) {
    state[i] = judge(series[i]!, value[i]!, at - measuredAt[i]!, quality[i]!, speed)
  }
  const waiting = (i: number) =>
    (state[i] === STALE || state[i] === NEVER) && at - since <= staleAfterMs(series[i]!.intervalMs, speed)
  const silent = silentGateways(state, topology, waiting)
  for (let i = 0; i < state.length; i++) {
    if (silent.has(topology.gatewayOf[i]!)) state[i] = SILENT
  }
  const counts = [0, 0, 0, 0, 0, 0, 0]
  const assetState = new Uint8Array(registry.assets.length).fill(NO_SERIES)
  const assetReporting = new Uint16Array(registry.assets.length)
  for (let i = 0; i < state.length; i++) {
    const now = state[i]!
    if (!waiting(i)) counts[now] = counts[now]! + 1
    const asset = topology.assetOf[i]!
    if (asset < 0) continue
    if (isReporting(now)) assetReporting[asset] = assetReporting[asset]! + 1
    assetState[asset] = assetState[asset] === NO_SERIES ? now : moreUrgent(assetState[asset]!, now)
  }
  const attention = fold(attentionRows(state, topology, registry, series, silent, waiting), series, registry)
  const silentCount = silent.size
  return {
    at,
    data,
    registry,
    topology,
    state,
    waits: waiting,
    counts,
    silentGateways: silentCount,
    attention,
    assetState,
    assetReporting,
  }
}

/** Gateways below which nothing at all reports, although something did or should. */
function silentGateways(
  state: Uint8Array,
  topology: Topology,
  waiting: (series: number) => boolean,
): ReadonlyMap<number, number> {
  const below = new Map<number, number>()
  const speaking = new Set<number>()
  const heardOnce = new Set<number>()
  for (let i = 0; i < state.length; i++) {
    const gateway = topology.gatewayOf[i]!
    if (gateway < 0) continue
    below.set(gateway, (below.get(gateway) ?? 0) + 1)
    if (isReporting(state[i]!)) speaking.add(gateway)
    else if (state[i] === STALE && !waiting(i)) heardOnce.add(gateway)
  }
  for (const gateway of below.keys()) {
    if (speaking.has(gateway) || !heardOnce.has(gateway)) below.delete(gateway)
  }
  return below
}

/** One row per silent gateway, and one per asset and kind of trouble for the rest. */
function attentionRows(
  state: Uint8Array,
  topology: Topology,
  registry: Registry,
  series: readonly LiveSeries[],
  silent: ReadonlyMap<number, number>,
  waiting: (series: number) => boolean,
): AttentionRow[] {
  const rows = new Map<string, AttentionRow>()
  for (const [asset, count] of silent) {
    const { id, criticality } = registry.assets[asset]!
    rows.set(`gateway ${id}`, { id: `gateway ${id}`, state: SILENT, series: -1, asset, count, criticality })
  }
  for (let i = 0; i < state.length; i++) {
    const now = state[i] as SeriesState
    if (now === NORMAL || now === SILENT || waiting(i)) continue
    const asset = topology.assetOf[i]!
    const id = asset < 0 ? `series ${series[i]!.key}` : `asset ${registry.assets[asset]!.id} ${now}`
    const row = rows.get(id)
    const criticality = asset < 0 ? 1 : registry.assets[asset]!.criticality
    rows.set(id, row ? { ...row, count: row.count + 1 } : { id, state: now, series: i, asset, count: 1, criticality })
  }
  return [...rows.values()].sort(byPressure)
}

/** Many rows that say the same become one, which holds them. */
function fold(rows: readonly AttentionRow[], series: readonly LiveSeries[], registry: Registry): AttentionRow[] {
  const alike = Map.groupBy(rows, (row) => {
    if (row.series < 0) return row.id
    return `kind ${registry.assets[row.asset]?.kind ?? ''} ${series[row.series]!.property} ${row.state}`
  })
  return [...alike]
    .flatMap(([id, same]) => {
      if (same.length < FOLD_FROM) return same
      const count = same.reduce((n, row) => n + row.count, 0)
      return [{ ...same[0]!, id, count, folded: same }]
    })
    .sort(byPressure)
}

const byPressure = (a: AttentionRow, b: AttentionRow): number =>
  rank(a.state) - rank(b.state) || b.criticality - a.criticality || (a.id < b.id ? -1 : 1)

const moreUrgent = (a: number, b: number): number => (rank(a) <= rank(b) ? a : b)
const rank = (state: number): number => (state === NORMAL ? 9 : state)
