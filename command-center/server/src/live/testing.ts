import { assetSchema, placeSchema, seriesIdOf } from '@quartier/contracts'
import { SERIES_STATES, STATE_WORDS } from '@quartier/contracts/live'
import { createDistrict } from '../district/district.ts'
import { series } from '../testing.ts'
import { Hierarchy } from './hierarchy.ts'
import { Judgement } from './judgement.ts'
import type { RollupRows } from './rollup-rows.ts'
import { SeriesTable } from './series-table.ts'
import { ZoneIndex } from './zone-index.ts'

/** For tests: a small district, and the live part of a server for it. */

const point = { type: 'Point', coordinates: [51, 25] } as const
const place = (id: string, kind: string, parentId: string | null) =>
  placeSchema.parse({ id, kind, parentId, name: id, geometry: point })
const asset = (id: string, kind: string, placeId: string, parentId: string | null = null) =>
  assetSchema.parse({ id, kind, placeId, parentId, name: id, longitude: 51, latitude: 25 })

export const PLACES = [
  place('z-1', 'zone', null),
  place('z-2', 'zone', null),
  place('b-1', 'building', 'z-1'),
  place('s-1', 'street', 'z-2'),
]
export const ASSETS = [
  asset('gw-1', 'gateway', 'b-1'),
  asset('gw-2', 'gateway', 's-1'),
  asset('m-1', 'energy-meter', 'b-1', 'gw-1'),
  asset('m-2', 'energy-meter', 'b-1', 'gw-1'),
  asset('m-3', 'water-meter', 'b-1', 'm-1'),
  asset('td-1', 'traffic-detector', 's-1', 'gw-2'),
  asset('td-2', 'traffic-detector', 's-1'),
]
export const KEYS = Array.from({ length: 12 }, (_, i) => `city/d-${i}/${i % 2 ? 'power' : 'speed'}`)
export const START = 1_000_000_000
export const INTERVAL = 10_000

/** The live part of a server, without sockets and with a clock that is moved by hand. */
export class Bench {
  readonly clock = { now: () => this.at, speed: 1 }
  at = START
  tick = 1
  readonly table = new SeriesTable()
  readonly source = { revision: 1, now: createDistrict(PLACES, ASSETS) }
  readonly hierarchy = new Hierarchy(this.table, this.source, new ZoneIndex(this.table, this.source))
  readonly judgement = new Judgement({ ...this, clock: this.clock as never })
  listeningAt = Number.NaN

  define(key: string, assetId: string | null, more: object = {}): void {
    this.table.define(series(key, assetId, { intervalMs: INTERVAL, ...more }))
  }

  hear(key: string, value: number, { ageMs = 0, quality = 0 } = {}): void {
    const at = this.placeOf(key)
    this.table.state.offer(at, value, this.at - ageMs, this.at, quality, this.tick)
    this.judgement.take(Int32Array.of(at), 1, this.at, this.tick)
  }

  listen(): void {
    if (Number.isNaN(this.listeningAt)) this.listeningAt = this.at
    this.judgement.listen()
  }

  placeOf(key: string): number {
    const { lo, hi } = seriesIdOf(key)
    return this.table.place(lo, hi)
  }

  /** Ends a tick in which the sweep passes by everything. */
  settle(): void {
    if (this.hierarchy.update()) this.judgement.regroup(this.tick)
    this.judgement.settle(this.tick, 1)
    this.tick++
  }

  word(key: string): string | undefined {
    const at = this.placeOf(key)
    return this.judgement.counted(at) ? STATE_WORDS[this.judgement.state(at)] : undefined
  }

  countsOf(rows: RollupRows, row: number): number[] {
    return Array.from({ length: SERIES_STATES }, (_, state) => rows.count(row, state))
  }

  asset(id: string): number {
    return this.table.assets.number(id)
  }

  /** The counts of a place and system. */
  group(placeId: string, kind: string): number[] {
    const { groups, system } = this.hierarchy
    const of = system[this.asset(ASSETS.find((a) => a.kind === kind)?.id ?? '')]
    const row = groups.findIndex((g) => g.placeId === placeId && g.system === of)
    return this.countsOf(this.judgement.rollup.groups, row)
  }
}
