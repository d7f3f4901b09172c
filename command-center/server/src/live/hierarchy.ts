import { isGateway, SYSTEMS, systemOf } from '@quartier/contracts/live'
import type { District } from '../district/district.ts'
import type { DistrictSource } from '../district/district-source.ts'
import type { SeriesTable } from './series-table.ts'
import type { ZoneIndex } from './zone-index.ts'

/** One system in one place: what the map shows from afar. */
export interface Group {
  /** `null` for what is in no place that is known. */
  readonly placeId: string | null
  /** As in {@link Hierarchy.zone}. */
  readonly zone: number
  readonly system: number
}

const OTHER = SYSTEMS.indexOf('other')
const NOWHERE: Group = { placeId: null, zone: 0, system: OTHER }

/**
 * What each asset belongs to, by its number in the series table: its system, its group and the gateway above. Rebuilt when
 * the district or the assets change. A number that is newer than that belongs to group 0, which is nowhere.
 */
export class Hierarchy {
  /** Place in `SYSTEMS`. */
  system = new Uint8Array(0)
  /** Place in {@link groups}. */
  group = new Uint32Array(0)
  /** Number of the nearest gateway above, or of the asset itself when it is one; 0 is none. */
  gateway = new Uint32Array(0)
  groups: readonly Group[] = [NOWHERE]
  /** Zone of each asset: place in {@link zoneIds} + 1, 0 is none. Of the same instant as everything else here. */
  zone: ZoneIndex['zone'] = new Uint16Array(0)
  zoneIds: readonly string[] = []
  /** Numbers of the assets behind each gateway. */
  behind: ReadonlyMap<number, readonly number[]> = new Map()
  district: District
  #version = ''
  #seen = -1
  readonly #table: SeriesTable
  readonly #source: Pick<DistrictSource, 'revision' | 'now'>
  readonly #zones: ZoneIndex

  constructor(table: SeriesTable, source: Pick<DistrictSource, 'revision' | 'now'>, zones: ZoneIndex) {
    this.#table = table
    this.#source = source
    this.#zones = zones
    this.district = source.now
  }

  /** Changes whenever anything here does. */
  get version(): string {
    return this.#version
  }

  /** `true` when something has changed. Cheap when nothing has. */
  update(): boolean {
    if (this.#source.revision !== this.#seen) {
      this.#seen = this.#source.revision
      // Assets without a series are on the map too.
      for (const { id } of this.#source.now.assets) this.#table.assets.number(id)
    }
    this.#zones.update()
    if (this.#zones.version === this.#version) return false
    this.#version = this.#zones.version
    this.#build(this.#source.now)
    return true
  }

  #build(district: District): void {
    const { assets } = this.#table
    this.district = district
    this.zone = this.#zones.zone
    this.zoneIds = this.#zones.zones
    this.system = new Uint8Array(assets.length).fill(OTHER)
    this.group = new Uint32Array(assets.length)
    this.gateway = new Uint32Array(assets.length)
    const groups: Group[] = [NOWHERE]
    const numbers = new Map<string, number>()
    const behind = new Map<number, number[]>()
    for (let a = 1; a < assets.length; a++) {
      const asset = district.asset(assets.word(a))
      if (!asset) continue
      const system = SYSTEMS.indexOf(systemOf(asset.kind))
      const id = `${system} ${asset.placeId}`
      let group = numbers.get(id)
      if (group === undefined) {
        group = groups.push({ placeId: asset.placeId, zone: this.zone[a] as number, system }) - 1
        numbers.set(id, group)
      }
      this.system[a] = system
      this.group[a] = group
      const above = isGateway(asset) ? asset : district.parents(asset.id).find(isGateway)
      if (!above) continue
      const gateway = assets.number(above.id)
      this.gateway[a] = gateway
      const known = behind.get(gateway)
      if (known) known.push(a)
      else behind.set(gateway, [a])
    }
    this.groups = groups
    this.behind = behind
  }
}
