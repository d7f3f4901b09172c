import { createColumns, type ReadingColumns, seriesIdOf } from '@quartier/contracts'
import { MARK_HISTORICAL } from '@quartier/contracts/quality'
import type { DistrictModel } from '@quartier/contracts/schemas'
import { createDeviceModel } from '../devices/device-model.ts'
import { USUAL, type WorldSettings } from '../world/settings.ts'

export interface HistoryOptions {
  readonly model: DistrictModel
  /** The seed of the district, and the settings of its world. */
  readonly seed: number
  readonly settings?: WorldSettings
  /** Epoch ms; readings lie at the multiples of `everyMs` in `[from, to)`. */
  readonly from: number
  readonly to: number
  readonly everyMs: number
  /** Readings in one batch, at least the number of series. */
  readonly batchRows?: number
}

/** A stretch of the past of a district, batch by batch in order of time: the values that its devices would have sent. */
export interface History {
  /** Instants in all. */
  readonly instants: number
  /** Instants that have been generated. */
  readonly done: number
  /** The current batch; used again by the next. */
  readonly columns: ReadingColumns
  /** Generates the next batch into `columns`; its number of readings, 0 at the end. */
  next(): number
}

/** A reading of the past reached the platform so much later, ms: a plausible network. */
const DELAY_MS = 180

export function createHistory(options: HistoryOptions): History {
  const { model, seed, everyMs, to } = options
  const devices = createDeviceModel(model, seed, options.settings ?? USUAL)
  const count = model.series.length
  const ids = model.series.map((s) => seriesIdOf(s.key))
  const lo = Uint32Array.from(ids, (id) => id.lo)
  const hi = Uint32Array.from(ids, (id) => id.hi)
  const all = Uint32Array.from({ length: count }, (_, i) => i)
  const columns = createColumns(Math.max(count, options.batchRows ?? 100_000))
  columns.quality.fill(MARK_HISTORICAL)
  const gateways = gatewaysOf(model)
  const values = new Float64Array(count)
  const first = Math.ceil(options.from / everyMs) * everyMs
  const instants = Math.max(0, Math.ceil((to - first) / everyMs))
  let done = 0
  const put = (at: number) => {
    const silent = gateways.ids.map((id) => devices.silent(id, at))
    const someSilent = silent.includes(true)
    devices.readAll(all, at, values)
    let row = columns.length
    for (let i = 0; i < count; i++) {
      const value = values[i]!
      if (Number.isNaN(value) || (someSilent && silent[gateways.of[i]!])) continue
      columns.seriesLo[row] = lo[i]!
      columns.seriesHi[row] = hi[i]!
      columns.measuredAt[row] = at
      columns.receivedAt[row] = at + DELAY_MS
      columns.value[row] = value
      row++
    }
    columns.length = row
  }
  return {
    instants,
    columns,
    get done() {
      return done
    },
    next: () => {
      columns.length = 0
      const room = columns.seriesLo.length
      while (done < instants && columns.length + count <= room) put(first + done++ * everyMs)
      return columns.length
    },
  }
}

/** The gateway that each series hangs on. */
function gatewaysOf(model: DistrictModel): { readonly ids: readonly string[]; readonly of: Uint32Array } {
  const ids = model.assets.filter((a) => a.kind === 'gateway').map((a) => a.id)
  const place = new Map(ids.map((id, g) => [id, g]))
  const assets = new Map(model.assets.map((a) => [a.id, a]))
  const of = Uint32Array.from(model.series, (s) => {
    const asset = assets.get(s.assetId ?? '')
    return place.get(asset?.id ?? '') ?? place.get(asset?.parentId ?? '') ?? ids.length
  })
  return { ids, of }
}
