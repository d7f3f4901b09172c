import type { Asset, SeriesDefinition } from '../schemas/registry.ts'

/** What a series was in `[sinceAt, untilAt)`, epoch ms; `untilAt` is null for what it is now. */
export interface SeriesVersion {
  readonly sinceAt: number
  readonly untilAt: number | null
  readonly definition: SeriesDefinition
  readonly assetKind: string | null
  readonly placeId: string | null
  readonly zoneId: string | null
}

/** The same of an asset. */
export interface AssetVersion {
  readonly sinceAt: number
  readonly untilAt: number | null
  readonly asset: Asset
  readonly zoneId: string | null
}

/** A piece of time in which readings of a series mean the same. */
export interface Stretch {
  readonly from: number
  readonly to: number
  readonly unit: string
  readonly assetId: string | null
  readonly placeId: string | null
  readonly zoneId: string | null
}

/**
 * What held at an instant. The first version counts for all time before it too: what was measured before anybody
 * registered the series was not measured in another unit for that.
 * @param versions oldest first, at least one
 */
export function versionAt<V extends { readonly sinceAt: number }>(versions: readonly V[], at: number): V {
  return versions.findLast((v) => v.sinceAt <= at) ?? (versions[0] as V)
}

/** How `[from, to)` divides into pieces with one unit, asset, place and zone each, oldest first. */
export function stretchesOf(versions: readonly SeriesVersion[], from: number, to: number): Stretch[] {
  const found: Stretch[] = []
  for (const [i, v] of versions.entries()) {
    const begin = Math.max(from, i === 0 ? Number.NEGATIVE_INFINITY : v.sinceAt)
    const end = Math.min(to, versions[i + 1]?.sinceAt ?? Number.POSITIVE_INFINITY)
    if (begin >= end) continue
    const { definition, placeId, zoneId } = v
    const stretch = { from: begin, to: end, unit: definition.unit, assetId: definition.assetId, placeId, zoneId }
    const last = found.at(-1)
    if (last && meansTheSame(last, stretch)) found[found.length - 1] = { ...last, to: end }
    else found.push(stretch)
  }
  return found
}

const meansTheSame = (a: Stretch, b: Stretch): boolean =>
  a.unit === b.unit && a.assetId === b.assetId && a.placeId === b.placeId && a.zoneId === b.zoneId
