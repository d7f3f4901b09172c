import type { Asset } from '@quartier/contracts'
import type { Scope } from '../access/scope.ts'
import type { District } from '../district/district.ts'

export interface AssetQuestion {
  readonly text: string
  readonly kind?: string | undefined
}

/** What each asset is found by, in small letters; made once for each state of the district. */
const textsOf = new WeakMap<District, readonly string[]>()

/** Assets that carry every word somewhere in their id, name or place, in the order of the registry. */
export function findAssets(question: AssetQuestion, limit: number, scope: Scope, district: District): Asset[] {
  const words = question.text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && question.kind === undefined) return []
  const texts = textsFor(district)
  const found: Asset[] = []
  for (const [i, asset] of district.assets.entries()) {
    if (question.kind !== undefined && asset.kind !== question.kind) continue
    const text = texts[i] as string
    if (!words.every((word) => text.includes(word)) || !scope.sees(district.zoneOfAsset(asset.id))) continue
    if (found.push(asset) === limit) break
  }
  return found
}

function textsFor(district: District): readonly string[] {
  const known = textsOf.get(district)
  if (known) return known
  const texts = district.assets.map(({ id, name, nameAr, placeId }) => {
    const place = district.place(placeId)
    return `${id}\n${name}\n${nameAr}\n${place?.name ?? ''}\n${place?.nameAr ?? ''}`.toLowerCase()
  })
  textsOf.set(district, texts)
  return texts
}
