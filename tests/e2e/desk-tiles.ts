import type { Attention, AttentionRow, LiveTiles, TileAsset, TileIndex } from '@quartier/contracts/api'
import {
  encodeSection,
  encodeTick,
  judge,
  type Level,
  NEVER,
  NORMAL,
  pressure,
  SERIES_STATES,
  type SeriesState,
  SILENT,
  STALE,
  STATE_WORDS,
  systemOf,
  type TickSection,
} from '@quartier/contracts/live'
import type { DistrictModel } from '@quartier/contracts/schemas'

/** What the made-up platform knows of one series now. */
export interface Reading {
  readonly value: number
  /** NaN: nothing ever came. */
  readonly measuredAt: number
  readonly quality: number
  /** Its gateway says nothing. */
  readonly silent: boolean
}

/** What was measured within this is told once more. */
const NEWS_MS = 600

interface Tile {
  readonly facts: LiveTiles['tiles'][number]
  readonly index: TileIndex
  /** Places in the model's series, row by row. */
  readonly rows: readonly (readonly number[])[]
}

/** The tiles of a model, as the command centre would tell them: one cell for the whole district. */
export function createTiles(
  model: DistrictModel,
  zoneOf: (placeId: string | null) => string | null,
  readingOf: (series: number, now: number) => Reading,
) {
  const { assets, series } = model
  const seriesOf = Map.groupBy(series.keys(), (i) => series[i]!.assetId)
  const shown = ({ craft: _, contractor: __, statutoryClass: ___, ...asset }: (typeof assets)[number]): TileAsset =>
    asset
  const groups = Map.groupBy(assets, (asset) => `${systemOf(asset.kind)}:${zoneOf(asset.placeId) ?? ''}`)
  const tiles: Tile[] = []
  for (const [name, members] of groups) {
    const [system = '', zone = ''] = name.split(':')
    const add = (level: Level, rows: Tile['rows'], more: object) => {
      const head = { id: `${level}:${name}`, revision: 1, zoneId: zone || null, system }
      const index = { ...head, level, ...more } as TileIndex
      const facts = { ...head, level, tile: tiles.length + 1, rows: rows.length, series: rows.flat().length }
      tiles.push({ facts, index, rows })
    }
    const places = Map.groupBy(members, ({ placeId }) => placeId)
    const of = (some: readonly { readonly id: string }[]) => some.flatMap(({ id }) => seriesOf.get(id) ?? [])
    add('district', [...places.values()].map(of), { places: [...places.keys()] })
    const some = members.map(shown)
    add(
      'assets',
      members.map((asset) => of([asset])),
      { assets: some },
    )
    const all = of(members)
    const sensors = all.map((i) => {
      const { key, property, unit, assetId, intervalMs, validMin, validMax } = series[i]!
      const asset = members.findIndex(({ id }) => id === assetId)
      return { key, property, unit, asset, intervalMs, validMin, validMax }
    })
    add(
      'sensors',
      all.map((i) => [i]),
      { assets: some, series: sensors },
    )
  }

  function stateOf(i: number, now: number): SeriesState {
    const { value, measuredAt, quality, silent } = readingOf(i, now)
    if (silent) return SILENT
    const { intervalMs, validMin, validMax } = series[i]!
    const limits = { validMin: validMin ?? Number.NaN, validMax: validMax ?? Number.NaN }
    return judge({ value, ageMs: now - measuredAt, quality, intervalMs, ...limits, listenedMs: 1e9, speed: 1 })
  }

  function sectionOf({ facts, rows }: Tile, since: number, now: number): Uint8Array {
    const head = { tile: facts.tile, revision: 1, since, rows: rows.length }
    if (facts.level === 'sensors') {
      const news = rows.flatMap(([i], row) => {
        const reading = readingOf(i!, now)
        return since === 0 || now - reading.measuredAt < NEWS_MS ? [{ i: i!, row, ...reading }] : []
      })
      const columns = {
        row: Uint32Array.from(news, ({ row }) => row),
        value: Float64Array.from(news, ({ value }) => value),
        measuredAt: Float64Array.from(news, ({ measuredAt }) => measuredAt),
        quality: Uint8Array.from(news, ({ quality }) => quality),
        state: Uint8Array.from(news, ({ i }) => stateOf(i, now)),
      }
      return encodeSection({ ...head, rows: news.length, level: 'sensors', columns })
    }
    const row = Uint32Array.from(rows.keys())
    const counts = new Uint32Array(rows.length * SERIES_STATES)
    const worst = new Uint8Array(rows.length)
    for (const [at, some] of rows.entries()) {
      for (const i of some) {
        const state = stateOf(i, now)
        counts[at * SERIES_STATES + state] = counts[at * SERIES_STATES + state]! + 1
        if (pressure(state) < pressure(worst[at]!)) worst[at] = state
      }
    }
    const oldestAt = Float64Array.from(rows, (some) => Math.min(...some.map((i) => readingOf(i, now).measuredAt)))
    const measure = new Float32Array(rows.length).fill(facts.system === 'traffic' ? 0.45 : Number.NaN)
    return encodeSection({
      ...head,
      level: facts.level,
      columns: { row, counts, oldestAt, measure, worst },
    } as TickSection)
  }

  return {
    index: (id: string): TileIndex | undefined => tiles.find(({ facts }) => facts.id === id)?.index,
    list: (view: number, level: Level): LiveTiles => ({
      view,
      level,
      tiles: tiles.filter(({ facts }) => facts.level === 'district' || facts.level === level).map(({ facts }) => facts),
    }),
    tick(view: number, level: Level, tick: number, since: number): Buffer {
      const now = Date.now()
      const wanted = tiles.filter(({ facts }) => facts.level === 'district' || facts.level === level)
      const sections = wanted.map((tile) => sectionOf(tile, since, now))
      return Buffer.from(encodeTick({ platformAt: now, tick, view }, sections).buffer)
    },
    attention(query = new URLSearchParams()): Attention {
      const now = Date.now()
      const counts = new Array<number>(SERIES_STATES).fill(0)
      const rows = new Map<string, AttentionRow>()
      const assetById = new Map(assets.map((asset) => [asset.id, asset]))
      for (const [i, one] of series.entries()) {
        const state = stateOf(i, now)
        counts[state] = counts[state]! + 1
        const asset = assetById.get(one.assetId ?? '')
        if (state === NORMAL || !asset) continue
        const about =
          state === SILENT ? assetById.get(asset.kind === 'gateway' ? asset.id : (asset.parentId ?? '')) : asset
        if (!about) continue
        const id = `${STATE_WORDS[state]} ${about.id}`
        const { value, measuredAt } = readingOf(i, now)
        const known = rows.get(id)
        const reading = {
          ...{ key: one.key, property: one.property, unit: one.unit, validMin: one.validMin, validMax: one.validMax },
          value: state === NEVER ? null : value,
          measuredAt: state === NEVER ? null : measuredAt,
        }
        rows.set(id, {
          ...{ id, state: STATE_WORDS[state]!, series: (known?.series ?? 0) + 1, assets: 1 },
          ...{ criticality: about.criticality, sinceAt: state === SILENT || state === STALE ? measuredAt : now },
          ...{ asset: shown(about), zoneId: zoneOf(about.placeId), system: systemOf(about.kind) },
          reading: known?.reading ?? (state === SILENT ? null : reading),
        })
      }
      const sorted = [...rows.values()].sort((a, b) => rank(a) - rank(b) || b.criticality - a.criticality)
      const offset = Number(query.get('offset') ?? 0)
      const limit = Number(query.get('limit') ?? 200)
      const silentGateways = sorted.filter(({ state }) => state === 'silent').length
      return { at: now, counts, silentGateways, total: sorted.length, rows: sorted.slice(offset, offset + limit) }
    },
  }
}

const rank = ({ state }: AttentionRow): number => pressure(STATE_WORDS.indexOf(state))
