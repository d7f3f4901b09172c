import type { District } from '../district/district.ts'
import type { DistrictSource } from '../district/district-source.ts'
import type { SeriesTable } from './series-table.ts'

/** Where assets are, by their number in the series table: columns, rebuilt when the district or the assets change. */
export class ZoneIndex {
  /** Place in {@link zones} + 1, by asset number; 0 is no zone. */
  zone = new Uint16Array(0)
  longitude = new Float64Array(0)
  latitude = new Float64Array(0)
  /** Zone ids in the district's order. */
  zones: readonly string[] = []
  #seen = ''
  readonly #table: SeriesTable
  readonly #source: Pick<DistrictSource, 'revision' | 'now'>

  constructor(table: SeriesTable, source: Pick<DistrictSource, 'revision' | 'now'>) {
    this.#table = table
    this.#source = source
  }

  /** Call before use: cheap when nothing changed. */
  update(): void {
    const seen = `${this.#source.revision} ${this.#table.assets.length}`
    if (seen === this.#seen) return
    this.#seen = seen
    this.#build(this.#source.now)
  }

  /** Changes whenever assets may stand in another zone. */
  get version(): string {
    return this.#seen
  }

  #build(district: District): void {
    const { assets } = this.#table
    this.zones = district.zones.map((z) => z.id)
    const number = new Map(this.zones.map((id, i) => [id, i + 1]))
    this.zone = new Uint16Array(assets.length)
    this.longitude = new Float64Array(assets.length).fill(Number.NaN)
    this.latitude = new Float64Array(assets.length).fill(Number.NaN)
    for (let a = 1; a < assets.length; a++) {
      const asset = district.asset(assets.word(a))
      if (!asset) continue
      this.zone[a] = number.get(district.zoneOfAsset(asset.id) ?? '') ?? 0
      this.longitude[a] = asset.longitude
      this.latitude[a] = asset.latitude
    }
  }
}
