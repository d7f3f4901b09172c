import type { AssetPage, SeriesVersions } from '@quartier/contracts/api'

/** Something that was otherwise until an instant. */
export interface Past {
  /** Epoch ms. */
  readonly untilAt: number
  readonly was: readonly (
    | { readonly what: 'unit' | 'range' | 'name'; readonly value: string }
    /** A place, zone or asset by its id. */
    | { readonly what: 'zone' | 'place' | 'parent'; readonly id: string }
  )[]
}

/** What an asset was before it was what it is, the latest first. */
export function pastOfAsset(versions: AssetPage['versions']): Past[] {
  return pasts(versions, (before, after) => [
    ...(before.zoneId !== after.zoneId && before.zoneId !== null ? [{ what: 'zone' as const, id: before.zoneId }] : []),
    ...(before.asset.placeId !== after.asset.placeId ? [{ what: 'place' as const, id: before.asset.placeId }] : []),
    ...(before.asset.parentId !== after.asset.parentId && before.asset.parentId !== null
      ? [{ what: 'parent' as const, id: before.asset.parentId }]
      : []),
    ...(before.asset.name !== after.asset.name ? [{ what: 'name' as const, value: before.asset.name }] : []),
  ])
}

/** The same of a series: its own unit and range; where it was, its asset tells. */
export function pastOfSeries(versions: SeriesVersions['versions']): Past[] {
  return pasts(versions, ({ definition: before }, { definition: after }) => [
    ...(before.unit !== after.unit ? [{ what: 'unit' as const, value: before.unit }] : []),
    ...(before.validMin !== after.validMin || before.validMax !== after.validMax
      ? [{ what: 'range' as const, value: `${before.validMin ?? ''} – ${before.validMax ?? ''}`.trim() }]
      : []),
  ])
}

function pasts<V extends { readonly untilAt: number | null }>(
  versions: readonly V[],
  differ: (before: V, after: V) => Past['was'],
): Past[] {
  return versions
    .slice(0, -1)
    .flatMap((before, i) => {
      const was = differ(before, versions[i + 1]!)
      return before.untilAt !== null && was.length > 0 ? [{ untilAt: before.untilAt, was }] : []
    })
    .reverse()
}
