import type { Kysely, Transaction } from 'kysely'
import type { SeriesDefinition } from '../schemas/registry.ts'
import { counter, inGroups, take, upsert } from './bulk.ts'
import { type AssetRow, type SeriesRow, sameRow, toAsset, toDefinition } from './registry-rows.ts'
import type { RegistryVersionsTable, Tables } from './tables.ts'
import type { AssetVersion, SeriesVersion } from './versions.ts'

type Kind = RegistryVersionsTable['kind']

interface Dated {
  readonly id: string
  since_at: number
}

/** Of no interest to whoever asks what something was. */
const NOT_TOLD = ['revision', 'since_at', 'learnt_interval_ms']

/**
 * Keeps what `rows` are about to replace, and dates them. A change that is dated before the present version took effect
 * corrects that version.
 * @param existing the rows so far, by id
 * @param at       from when on the change holds, epoch ms
 */
export async function supersede<R extends Dated>(
  db: Transaction<Tables>,
  kind: Kind,
  rows: readonly R[],
  existing: ReadonlyMap<string, R>,
  at: number,
): Promise<void> {
  const past: R[] = []
  for (const row of rows) {
    const known = existing.get(row.id)
    if (known === undefined || sameRow(row, known, NOT_TOLD)) continue
    row.since_at = Math.max(at, known.since_at)
    if (known.since_at < row.since_at) past.push(known)
  }
  if (past.length === 0) return
  let n = await take(db, 'versions', past.length)
  const versions = past.map((row) => ({
    n: ++n,
    kind,
    id: row.id,
    since_at: row.since_at,
    until_at: at,
    value: JSON.stringify(row),
  }))
  await upsert(db, 'registry_versions', 'n', versions)
}

/** All versions of each of these series, oldest first, by key; the present one is the last. */
export async function seriesVersions(
  db: Kysely<Tables>,
  rows: readonly SeriesRow[],
): Promise<ReadonlyMap<string, readonly SeriesVersion[]>> {
  const past = Map.groupBy(
    await pastOf<SeriesRow>(
      db,
      'series',
      rows.map((row) => row.id),
    ),
    (version) => version.row.id,
  )
  return new Map(
    rows.map((row) => {
      const versions = (past.get(row.id) ?? []).map((v) => toSeriesVersion(v.row, v.sinceAt, v.untilAt))
      return [row.key, [...versions, toSeriesVersion(row, row.since_at, null)]]
    }),
  )
}

/** More changes of what a series is sent in than these are not told. */
const MOST_UNITS = 8

/**
 * The definitions of these series as they are announced: with what the device sent in before, where that has changed. What
 * is measured then and arrives later is converted by it.
 */
export async function toldDefinitions(db: Kysely<Tables>, rows: readonly SeriesRow[]): Promise<SeriesDefinition[]> {
  if (Number(await counter(db, 'versions')) === 0) return rows.map(toDefinition)
  const ids = rows.map((row) => row.id)
  const past = Map.groupBy(await pastOf<SeriesRow>(db, 'series', ids), (version) => version.row.id)
  return rows.map((row) => {
    const sentBefore: { untilAt: number; sentUnit: string }[] = []
    let sentUnit = row.sent_unit ?? ''
    for (const version of past.get(row.id)?.toReversed() ?? []) {
      const before = version.row.sent_unit ?? ''
      if (before !== sentUnit) sentBefore.push({ untilAt: version.untilAt, sentUnit: before })
      sentUnit = before
    }
    const definition = toDefinition(row)
    return sentBefore.length === 0 ? definition : { ...definition, sentBefore: sentBefore.slice(0, MOST_UNITS) }
  })
}

/** All versions of an asset, oldest first. */
export async function assetVersions(db: Kysely<Tables>, row: AssetRow): Promise<readonly AssetVersion[]> {
  const past = await pastOf<AssetRow>(db, 'asset', [row.id])
  const all = [...past, { row, sinceAt: row.since_at, untilAt: null }]
  return all.map((v) => ({ sinceAt: v.sinceAt, untilAt: v.untilAt, asset: toAsset(v.row), zoneId: v.row.zone_id }))
}

async function pastOf<R>(db: Kysely<Tables>, kind: Kind, ids: readonly string[]) {
  const rows = await inGroups(ids, (some) =>
    db
      .selectFrom('registry_versions')
      .select(['since_at', 'until_at', 'value'])
      .where('kind', '=', kind)
      .where('id', 'in', some)
      .orderBy('n')
      .execute(),
  )
  return rows.map(({ since_at, until_at, value }) => ({
    row: JSON.parse(value) as R,
    sinceAt: Number(since_at),
    untilAt: Number(until_at),
  }))
}

const toSeriesVersion = (row: SeriesRow, sinceAt: number, untilAt: number | null): SeriesVersion => ({
  sinceAt: Number(sinceAt),
  untilAt,
  definition: toDefinition(row),
  assetKind: row.asset_kind,
  placeId: row.place_id,
  zoneId: row.zone_id,
})
