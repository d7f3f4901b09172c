import type { SilentSeriesView, SilentView } from '@quartier/contracts/api'
import { staleAfterMs } from '@quartier/contracts/live'
import type { Clock } from '@quartier/contracts/runtime'
import type { DistrictSource } from '../district/district-source.ts'
import { breath } from '../follow.ts'
import type { SeriesTable } from '../live/series-table.ts'

type Row = SilentView['gateways'][number]

const SLICE = 50_000
/** An answer is good for so long, real ms: the pages of one look fit together. */
const KEPT_MS = 3_000
const NONE = 0

interface Count {
  series: number
  expected: number
  silent: number
  lastAt: number
}

interface Look {
  readonly at: number
  readonly realAt: number
  readonly rows: readonly Row[]
}

/** Which sensors say nothing although they should, by the gateway of the topology that they hang on. */
export class Silence {
  readonly #table: SeriesTable
  readonly #district: Pick<DistrictSource, 'now' | 'revision'>
  readonly #clock: Clock
  /** Number of the gateway in {@link #gateways} by asset number; 0: none. */
  #gatewayOf = new Uint32Array(0)
  #gateways: readonly (string | null)[] = [null]
  #built = ''
  #look: Promise<Look> | undefined

  constructor(table: SeriesTable, district: Pick<DistrictSource, 'now' | 'revision'>, clock: Clock) {
    this.#table = table
    this.#district = district
    this.#clock = clock
  }

  /** Gateways, those in trouble first: all silent, then most silent. */
  async gateways({ show, skip, limit }: { show: 'all' | 'silent'; skip: number; limit: number }): Promise<SilentView> {
    const { at, rows } = await this.#fresh()
    const matching = show === 'all' ? rows : rows.filter((row) => row.silent > 0)
    const sum = (name: 'expected' | 'silent') => rows.reduce((n, row) => n + row[name], 0)
    return {
      at,
      total: matching.length,
      expected: sum('expected'),
      silent: sum('silent'),
      gateways: matching.slice(skip, skip + limit),
    }
  }

  /** The silent series of one gateway, or of none, in the order of their registration. */
  async series(gatewayId: string | null, skip: number, limit: number): Promise<SilentSeriesView> {
    this.#build()
    const at = this.#clock.now()
    const wanted = this.#gateways.indexOf(gatewayId)
    const found: SilentSeriesView['series'] = []
    let total = 0
    const table = this.#table
    for (let from = 0; from < table.length && wanted >= 0; from += SLICE) {
      for (let place = from; place < Math.min(table.length, from + SLICE); place++) {
        if (this.#gatewayAt(place) !== wanted || !this.#isSilent(place, at)) continue
        if (total++ < skip || found.length === limit) continue
        const { key, assetId, intervalMs } = table.describe(place)
        found.push({ key, assetId, intervalMs, lastAt: orNull(table.state.receivedAt(place)) })
      }
      await breath()
    }
    return { at, total, series: found }
  }

  #fresh(): Promise<Look> {
    this.#look ??= this.#count().finally(() => {
      setTimeout(() => {
        this.#look = undefined
      }, KEPT_MS).unref()
    })
    return this.#look
  }

  async #count(): Promise<Look> {
    this.#build()
    const at = this.#clock.now()
    const counts = this.#gateways.map((): Count => ({ series: 0, expected: 0, silent: 0, lastAt: 0 }))
    const table = this.#table
    for (let from = 0; from < table.length; from += SLICE) {
      for (let place = from; place < Math.min(table.length, from + SLICE); place++) {
        if (!table.shown(place)) continue
        const count = counts[this.#gatewayAt(place)] as Count
        count.series++
        if ((table.intervalMs[place] as number) > 0) count.expected++
        if (table.state.measuredAt(place) > 0) count.lastAt = Math.max(count.lastAt, table.state.receivedAt(place))
        if (this.#isSilent(place, at)) count.silent++
      }
      await breath()
    }
    const district = this.#district.now
    const rows = counts.flatMap(({ lastAt, ...count }, i): Row[] => {
      const asset = district.asset(this.#gateways[i] ?? '')
      if (count.series === 0) return []
      const { id = null, name = '', nameAr = '' } = asset ?? {}
      const zoneId = (id !== null && district.zoneOfAsset(id)) || null
      return [{ id, name, nameAr, zoneId, ...count, lastAt: orNull(lastAt) }]
    })
    return { at, realAt: Date.now(), rows: rows.sort(byTrouble) }
  }

  #isSilent(place: number, at: number): boolean {
    const { intervalMs, state } = this.#table
    const interval = intervalMs[place] as number
    return (
      interval > 0 &&
      this.#table.shown(place) &&
      at - state.measuredAt(place) > staleAfterMs(interval, this.#clock.speed)
    )
  }

  #gatewayAt(place: number): number {
    return this.#gatewayOf[this.#table.asset[place] as number] ?? NONE
  }

  /** Finds the gateway of every asset anew when the district or the assets of the table have changed. */
  #build(): void {
    const { assets } = this.#table
    const built = `${this.#district.revision} ${assets.length}`
    if (built === this.#built) return
    this.#built = built
    const district = this.#district.now
    const numbers = new Map<string, number>()
    const gateways: (string | null)[] = [null]
    this.#gatewayOf = new Uint32Array(assets.length)
    for (let a = 1; a < assets.length; a++) {
      const asset = district.asset(assets.word(a))
      if (!asset) continue
      const gateway = [asset, ...district.parents(asset.id)].find(({ kind }) => kind === GATEWAY)
      if (!gateway) continue
      let number = numbers.get(gateway.id)
      if (number === undefined) {
        number = gateways.push(gateway.id) - 1
        numbers.set(gateway.id, number)
      }
      this.#gatewayOf[a] = number
    }
    this.#gateways = gateways
  }
}

const GATEWAY = 'gateway'

const isBlind = (row: Row): boolean => row.expected > 0 && row.silent === row.expected

function byTrouble(a: Row, b: Row): number {
  return Number(isBlind(b)) - Number(isBlind(a)) || b.silent - a.silent || (a.name < b.name ? -1 : 1)
}

const orNull = (at: number): number | null => (at > 0 ? at : null)
