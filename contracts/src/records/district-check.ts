import { QuartierError } from '../errors.ts'
import { assetSchema, type DistrictModel, placeSchema } from '../schemas/registry.ts'
import { mistakeIn } from './series-write.ts'

const MISTAKES_SHOWN = 20

/** What the registry has already, for a model that builds on it. */
export interface Known {
  readonly places: ReadonlySet<string>
  readonly assets: ReadonlySet<string>
}

/** Refuses a district whose parts are wrong by themselves or do not fit together. @throws QuartierError RECORDS_INVALID */
export function checkDistrict(model: DistrictModel, known: Known): void {
  const mistakes: string[] = []
  const placeIds = idsOf('place', model.places, mistakes)
  const assetIds = idsOf('asset', model.assets, mistakes)
  const hasPlace = (id: string) => placeIds.has(id) || known.places.has(id)
  const hasAsset = (id: string) => assetIds.has(id) || known.assets.has(id)
  for (const place of model.places) {
    collect(mistakes, `place ${place.id}`, placeSchema.safeParse(place).error?.issues)
    if (place.parentId !== null && !hasPlace(place.parentId)) {
      mistakes.push(`place ${place.id}: its parent ${place.parentId} is unknown`)
    }
  }
  findRings(model, mistakes)
  for (const asset of model.assets) {
    collect(mistakes, `asset ${asset.id}`, assetSchema.safeParse(asset).error?.issues)
    if (!hasPlace(asset.placeId)) mistakes.push(`asset ${asset.id}: its place ${asset.placeId} is unknown`)
    if (asset.parentId !== null && !hasAsset(asset.parentId)) {
      mistakes.push(`asset ${asset.id}: its parent ${asset.parentId} is unknown`)
    }
  }
  for (const series of model.series) {
    const mistake = mistakeIn(series)
    if (mistake) mistakes.push(`series ${series.key}: ${mistake}`)
    if (series.assetId !== null && !hasAsset(series.assetId)) {
      mistakes.push(`series ${series.key}: its asset ${series.assetId} is unknown`)
    }
  }
  if (mistakes.length === 0) return
  const more = mistakes.length > MISTAKES_SHOWN ? [`and ${mistakes.length - MISTAKES_SHOWN} more`] : []
  const text = [...mistakes.slice(0, MISTAKES_SHOWN), ...more].join('\n  ')
  throw new QuartierError('RECORDS_INVALID', `import the district:\n  ${text}`)
}

function idsOf(what: string, items: readonly { id: string }[], mistakes: string[]): Set<string> {
  const ids = new Set<string>()
  for (const { id } of items) {
    if (ids.has(id)) mistakes.push(`${what} ${id}: occurs twice`)
    ids.add(id)
  }
  return ids
}

/** A place cannot lie in itself. */
function findRings(model: DistrictModel, mistakes: string[]): void {
  const parents = new Map(model.places.map((p) => [p.id, p.parentId]))
  for (const { id } of model.places) {
    const seen = new Set([id])
    for (let at = parents.get(id); at; at = parents.get(at)) {
      if (at === id) mistakes.push(`place ${id}: lies in itself`)
      if (seen.has(at)) break
      seen.add(at)
    }
  }
}

function collect(mistakes: string[], what: string, issues: readonly { path: PropertyKey[]; message: string }[] = []) {
  for (const issue of issues) mistakes.push(`${what}: ${issue.path.join('.')}: ${issue.message}`)
}
