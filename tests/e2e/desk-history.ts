import type { SeriesCard, SeriesPage, SeriesVersions, WindowsView } from '@quartier/contracts/api'
import type { DistrictModel, Place, SeriesDefinition } from '@quartier/contracts/schemas'

const HOUR_MS = 3_600_000
const STEPS_S = [5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400]
/** Since then a meter sends kilowatts and stands elsewhere. */
const CHANGED_BEFORE_MS = 5 * HOUR_MS

/** The value of the i-th series of a model at an instant, `null` when nothing came then. */
export type ValueAt = (i: number, at: number) => number | null

/** History as the command centre tells it, of values made up. One power meter was in another zone and unit some hours ago. */
export function createHistory(model: DistrictModel, valueAt: ValueAt) {
  const place = new Map(model.series.map(({ key }, i) => [key, i]))
  const assets = new Map(model.assets.map((asset) => [asset.id, asset]))
  const places = new Map(model.places.map((one) => [one.id, one]))
  const zones = model.places.filter(({ kind }) => kind === 'zone')
  const changedAt = Math.floor((Date.now() - CHANGED_BEFORE_MS) / 60_000) * 60_000 + 17_000
  const changed = model.series.findIndex(({ property, assetId }) => property === 'power' && assetId !== null)

  function around(placeId: string | null): Place[] {
    const found = placeId === null ? undefined : places.get(placeId)
    return found ? [found, ...around(found.parentId)] : []
  }
  const placesOf = (s: SeriesDefinition) => around(assets.get(s.assetId ?? '')?.placeId ?? null)

  function stretches(i: number, from: number, to: number) {
    const series = model.series[i] as SeriesDefinition
    const zoneId = placesOf(series).find(({ kind }) => kind === 'zone')?.id ?? null
    const now = {
      unit: series.unit,
      assetId: series.assetId,
      placeId: assets.get(series.assetId ?? '')?.placeId ?? null,
    }
    const after = { ...now, zoneId }
    if (i !== changed || from >= changedAt || to <= changedAt) return [{ from, to, ...after }]
    const before = { ...after, unit: 'W', zoneId: zones.find(({ id }) => id !== zoneId)?.id ?? null }
    return [
      { from, to: changedAt, ...before },
      { from: changedAt, to, ...after },
    ]
  }

  function windows(query: URLSearchParams): WindowsView {
    const now = Date.now()
    const number = (name: string) => (query.has(name) ? Number(query.get(name)) : Number.NaN)
    const end = number('to') || now
    const begin = number('from') || end - number('last')
    const stepMs = number('step') || (STEPS_S.find((s) => s * 1500 >= (end - begin) / 1000) ?? 604_800) * 1000
    const from = query.has('step') ? begin : Math.floor(begin / stepMs) * stepMs
    const count = Math.ceil((end - from) / stepMs)
    const starts = Array.from({ length: count }, (_, w) => from + w * stepMs)
    return {
      ...{ at: now, from, stepMs, windows: count },
      series: query.getAll('series').map((key) => {
        const i = place.get(key) ?? -1
        const pieces = stretches(i, from, from + count * stepMs)
        const scale = (at: number) => (pieces.length > 1 && at < changedAt ? 1000 : 1)
        const values = starts.map((at) => {
          const value = at < now ? valueAt(i, at) : null
          return value === null ? null : value * scale(at)
        })
        const doubtful = (w: number) => (starts[w] as number) % (7 * HOUR_MS) < HOUR_MS && values[w] !== null
        return {
          ...{ key, stretches: pieces, seams: [] },
          ...{ mean: values, last: values, count: values.map((value) => (value === null ? 0 : 5)) },
          min: values.map((value) => (value === null ? null : value * 0.99)),
          max: values.map((value) => (value === null ? null : value * 1.01)),
          notGood: values.map((_, w) => (doubtful(w) ? 2 : 0)),
          coverage: values.map((value, w) => ((starts[w] as number) > now ? null : value === null ? 0 : 1)),
        }
      }),
    }
  }

  function page(query: URLSearchParams): SeriesPage {
    const words = (query.get('text') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
    const assetId = query.get('assetId')
    const fits = (s: SeriesDefinition) => {
      const asset = assets.get(s.assetId ?? '')
      const names = placesOf(s).flatMap(({ name, nameAr }) => [name, nameAr])
      const whole = [s.key, asset?.name, asset?.nameAr, asset?.kind, ...names].join(' ').toLowerCase()
      return words.every((word) => whole.includes(word)) && (assetId === null || s.assetId === assetId)
    }
    const limit = Number(query.get('limit') ?? 100)
    const all = model.series.filter(fits)
    const series = all.slice(0, limit)
    const named = new Set(series.flatMap(placesOf))
    return {
      series,
      assets: [...new Set(series.flatMap(({ assetId: id }) => assets.get(id ?? '') ?? []))],
      places: [...named].map(({ geometry: _, heightM: __, widthM: ___, ...one }) => one),
      next: all.length > limit ? (series.at(-1)?.key ?? null) : null,
    }
  }

  function card(key: string): SeriesCard | undefined {
    const i = place.get(key) ?? -1
    const series = model.series[i]
    if (!series) return undefined
    const asset = assets.get(series.assetId ?? '') ?? null
    const children = model.assets.filter(({ parentId }) => asset !== null && parentId === asset.id)
    return {
      ...{ series, asset, place: places.get(asset?.placeId ?? '') ?? null },
      zone: placesOf(series).find(({ kind }) => kind === 'zone') ?? null,
      topology: { parents: parentsOf(asset?.parentId ?? null), children: children.slice(0, 200) },
      last: { key, value: null, measuredAt: null, receivedAt: null, quality: 0, qualityWord: null },
    }
  }

  /** As it has always been. */
  function versions(key: string): SeriesVersions {
    const definition = model.series[place.get(key) ?? -1]
    const always = { sinceAt: 0, untilAt: null, assetKind: null, placeId: null, zoneId: null }
    return { versions: definition ? [{ ...always, definition }] : [] }
  }

  function parentsOf(id: string | null): DistrictModel['assets'][number][] {
    const asset = id === null ? undefined : assets.get(id)
    return asset ? [asset, ...parentsOf(asset.parentId)] : []
  }

  function csv(query: URLSearchParams): string {
    const shifts = query.has('back') ? [0, Number(query.get('back'))] : [0]
    const lines = ['series,from,to,unit,zone,mean,min,max,last,count,notGood,coverage']
    for (const shift of shifts) {
      const moved = new URLSearchParams(query)
      for (const name of ['from', 'to']) moved.set(name, String(Number(query.get(name)) - shift))
      for (const one of windows(moved).series)
        for (const [w, mean] of one.mean.entries()) {
          const at = Number(moved.get('from')) + w * Number(query.get('step'))
          lines.push([one.key, new Date(at).toISOString(), mean ?? ''].join(','))
        }
    }
    return lines.join('\r\n')
  }

  /** The series whose unit and zone were others. */
  return { windows, page, card, versions, csv, changed: model.series[changed]?.key ?? '' }
}
