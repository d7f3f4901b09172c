import type { SeriesTable } from '../live/series-table.ts'

/** How many series each asset has, from the live state; counted anew when definitions have changed. */
export class AssetSeries {
  readonly #table: SeriesTable
  #revision = -1
  #counts = new Uint32Array(0)

  constructor(table: SeriesTable) {
    this.#table = table
  }

  counter(): (assetId: string) => number {
    const { assets, revision } = this.#table
    if (revision !== this.#revision) this.#count()
    return (assetId) => this.#counts[assets.find(assetId) ?? 0] ?? 0
  }

  #count(): void {
    const table = this.#table
    this.#revision = table.revision
    this.#counts = new Uint32Array(table.assets.length)
    for (let place = 0; place < table.length; place++) {
      const asset = table.asset[place] as number
      if (asset > 0 && table.shown(place)) this.#counts[asset] = (this.#counts[asset] as number) + 1
    }
  }
}
