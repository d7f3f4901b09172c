import type { Asset, Place } from '@quartier/contracts'
import type { AssetsPage, RegistryNode, RegistryStep } from '@quartier/contracts/api'
import type { Scope } from '../access/scope.ts'
import { unknown } from '../http/problem.ts'
import type { District } from './district.ts'

type Step = RegistryStep

/** Series of an asset, as many as the live state knows of. */
export type SeriesCount = (assetId: string) => number

export interface NodeAsked {
  readonly placeId?: string | undefined
  readonly assetId?: string | undefined
  readonly skip: number
  readonly limit: number
}

/** Walks the hierarchy: district → zones → places → assets → what hangs on these. */
export class RegistryTree {
  readonly #district: District
  readonly #assetsIn: ReadonlyMap<string, readonly Asset[]>
  readonly #placesIn: ReadonlyMap<string | null, readonly Place[]>
  readonly #sums = new Map<string, number>()
  /** What an asset is found by, in the order of the district's assets. */
  #words: readonly string[] | undefined

  constructor(district: District) {
    this.#district = district
    this.#assetsIn = Map.groupBy(district.assets, (a) => a.placeId)
    this.#placesIn = Map.groupBy(district.places, (p) => (p.parentId === p.id ? null : p.parentId))
  }

  /** @throws Problem 404 */
  node({ placeId, assetId, skip, limit }: NodeAsked, scope: Scope, seriesOf: SeriesCount): RegistryNode {
    const district = this.#district
    const asset = assetId === undefined ? null : district.asset(assetId)
    if (asset === undefined || (asset && !scope.sees(district.zoneOfAsset(asset.id))))
      throw unknown('asset', assetId as string)
    const place = placeId === undefined ? (asset ? null : this.#onlyRoot()) : district.place(placeId)
    if (place === undefined || (place && !this.#seesPlace(place, scope))) throw unknown('place', placeId as string)
    const here = asset ? this.#childrenOf(asset) : place ? this.#topIn(place) : []
    const assets = here.filter((a) => scope.sees(district.zoneOfAsset(a.id))).sort(byName)
    const below = asset ? [] : (this.#placesIn.get(place?.id ?? null) ?? []).filter((p) => this.#seesPlace(p, scope))
    return {
      path: asset ? this.#pathOfAsset(asset) : place ? this.#pathOfPlace(place) : [],
      place: place && withoutShape(place),
      asset,
      places: below.map((p) => ({
        ...placeStep(p),
        assets: this.#assetsBelow(p.id),
        places: this.#placesIn.get(p.id)?.length ?? 0,
      })),
      assets: {
        total: assets.length,
        items: assets.slice(skip, skip + limit).map((a) => ({
          ...assetStep(a),
          criticality: a.criticality,
          below: district.children(a.id).length,
          series: seriesOf(a.id),
        })),
      },
    }
  }

  /** Assets whose id, names and kind hold all the words. */
  find(
    asked: { text: string; kind?: string | undefined; zoneId?: string | undefined; skip: number; limit: number },
    scope: Scope,
    seriesOf: SeriesCount,
  ): AssetsPage {
    const district = this.#district
    const words = plain(asked.text).split(/\s+/).filter(Boolean)
    this.#words ??= district.assets.map((a) => plain(`${a.id} ${a.name} ${a.nameAr} ${a.kind}`))
    const texts = this.#words
    const found = district.assets.filter((a, i) => {
      if (asked.kind !== undefined && a.kind !== asked.kind) return false
      const zone = district.zoneOfAsset(a.id)
      if (!scope.sees(zone) || (asked.zoneId !== undefined && zone !== asked.zoneId)) return false
      return words.every((word) => texts[i]?.includes(word))
    })
    const stepOf = (id: string | undefined) => {
      const place = district.place(id ?? '')
      return place ? placeStep(place) : null
    }
    return {
      total: found.length,
      assets: found.slice(asked.skip, asked.skip + asked.limit).map((asset) => ({
        asset,
        place: stepOf(asset.placeId),
        zone: stepOf(district.zoneOfAsset(asset.id)),
        series: seriesOf(asset.id),
      })),
    }
  }

  /** The district itself, where there is one and everything lies in it. */
  #onlyRoot(): Place | null {
    const roots = this.#placesIn.get(null) ?? []
    return (roots.length === 1 && roots[0]) || null
  }

  #seesPlace(place: Place, scope: Scope): boolean {
    return place.kind === 'district' || scope.sees(this.#district.zoneOfPlace(place.id))
  }

  /** Assets of a place that hang on nothing in the same place. */
  #topIn(place: Place): Asset[] {
    const inside = this.#assetsIn.get(place.id) ?? []
    return inside.filter((a) => this.#district.asset(a.parentId ?? '')?.placeId !== place.id)
  }

  #childrenOf(asset: Asset): Asset[] {
    return [...this.#district.children(asset.id)]
  }

  #pathOfPlace(place: Place): Step[] {
    const path: Step[] = []
    const seen = new Set<string>()
    for (let p: Place | undefined = place; p && !seen.has(p.id); p = this.#district.place(p.parentId ?? '')) {
      seen.add(p.id)
      path.unshift(placeStep(p))
    }
    return path
  }

  /** The place, then those that it hangs on and that stand in the same place, then itself. */
  #pathOfAsset(asset: Asset): Step[] {
    const place = this.#district.place(asset.placeId)
    const parents = this.#district.parents(asset.id).filter((p) => p.placeId === asset.placeId)
    return [...(place ? this.#pathOfPlace(place) : []), ...parents.toReversed().map(assetStep), assetStep(asset)]
  }

  #assetsBelow(placeId: string): number {
    const known = this.#sums.get(placeId)
    if (known !== undefined) return known
    this.#sums.set(placeId, 0) // ends at a loop
    const own = this.#assetsIn.get(placeId)?.length ?? 0
    const sum = (this.#placesIn.get(placeId) ?? []).reduce((n, p) => n + this.#assetsBelow(p.id), own)
    this.#sums.set(placeId, sum)
    return sum
  }
}

const placeStep = ({ id, kind, name, nameAr }: Place): Step => ({ type: 'place', id, kind, name, nameAr })
const assetStep = ({ id, kind, name, nameAr }: Asset): Step => ({ type: 'asset', id, kind, name, nameAr })

function withoutShape({ geometry: _, ...place }: Place) {
  return place
}

const byName = (a: Asset, b: Asset): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1)

/** As the search of series has it: without case, marks and the vowel signs of Arabic. */
const plain = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
