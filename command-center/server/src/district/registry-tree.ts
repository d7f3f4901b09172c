import type { Asset, Place } from '@quartier/contracts'
import type { AssetsPage, RegistryNode, RegistryStep } from '@quartier/contracts/api'
import type { Scope } from '../access/scope.ts'
import { breath } from '../follow.ts'
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
  /** What an asset is found by, in the order of the district's assets; made with the first search. */
  #words: Promise<readonly string[]> | undefined

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
  async find(
    asked: { text: string; kind?: string | undefined; zoneId?: string | undefined; skip: number; limit: number },
    scope: Scope,
    seriesOf: SeriesCount,
  ): Promise<AssetsPage> {
    const district = this.#district
    const words = plain(asked.text).split(/\s+/).filter(Boolean)
    this.#words ??= wordsOf(district.assets)
    const texts = await this.#words
    const found: Asset[] = []
    for (const [i, asset] of district.assets.entries()) {
      if (i % SLICE === SLICE - 1) await breath()
      if (!words.every((word) => texts[i]?.includes(word))) continue
      if (asked.kind !== undefined && asset.kind !== asked.kind) continue
      const zone = district.zoneOfAsset(asset.id)
      if (scope.sees(zone) && (asked.zoneId === undefined || zone === asked.zoneId)) found.push(asset)
    }
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

const SLICE = 20_000

async function wordsOf(assets: readonly Asset[]): Promise<string[]> {
  const texts: string[] = []
  for (const { id, name, nameAr, kind } of assets) {
    texts.push(plain(`${id} ${name} ${nameAr} ${kind}`))
    if (texts.length % (SLICE / 10) === 0) await breath()
  }
  return texts
}

/** As the search of series has it: without case, marks and the vowel signs of Arabic. */
const plain = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
