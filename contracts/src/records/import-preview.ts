import type { Kysely, Transaction } from 'kysely'
import { counter, inGroups } from './bulk.ts'
import type { ImportPreview, ImportReport, PreviewedChange } from './port.ts'
import type { RegistryVersionsTable, Tables } from './tables.ts'

const LISTED = 200
const TABLES = { place: 'places', asset: 'assets', series: 'series' } as const
type Kind = RegistryVersionsTable['kind']
/** What the database keeps for itself, or copies from elsewhere. */
const NOT_TOLD = new Set(['n', 'id', 'revision', 'since_at', 'zone_id', 'place_id', 'asset_kind', 'learnt_interval_ms'])

/** Runs an import, looks at what it has changed, and takes everything back. */
export async function previewImport(
  db: Kysely<Tables>,
  run: (trx: Kysely<Tables>) => Promise<ImportReport>,
): Promise<ImportPreview> {
  let preview: ImportPreview | undefined
  try {
    await db.transaction().execute(async (trx) => {
      const before = await standOf(trx)
      const report = await run(trx)
      preview = { ...report, ...(await changesSince(trx, before)) }
      throw TAKEN_BACK
    })
  } catch (error) {
    if (error !== TAKEN_BACK) throw error
  }
  return preview as ImportPreview
}

const TAKEN_BACK = new Error('nothing is kept of a preview')

interface Stand {
  readonly revision: number
  readonly series: number
  readonly versions: number
  readonly ids: Readonly<Record<'place' | 'asset', ReadonlySet<string>>>
}

async function standOf(trx: Transaction<Tables>): Promise<Stand> {
  const idsOf = async (table: 'places' | 'assets') =>
    new Set((await trx.selectFrom(table).select('id').execute()).map((row) => row.id))
  return {
    revision: await counter(trx, 'revision'),
    series: await counter(trx, 'series'),
    versions: await counter(trx, 'versions'),
    ids: { place: await idsOf('places'), asset: await idsOf('assets') },
  }
}

async function changesSince(trx: Transaction<Tables>, before: Stand) {
  const added = { places: 0, assets: 0, series: 0 }
  const changed = { places: 0, assets: 0, series: 0 }
  const changes: PreviewedChange[] = []
  for (const kind of ['place', 'asset', 'series'] as const) {
    const rows = await touchedRows(trx, kind, before.revision)
    const isNew = (row: Row) => (kind === 'series' ? Number(row.n) > before.series : !before.ids[kind].has(row.id))
    for (const row of rows) (isNew(row) ? added : changed)[TABLES[kind]]++
    const listed = rows.slice(0, LISTED - changes.length)
    const pasts = await pastOf(trx, kind, listed, before.versions)
    for (const row of listed) {
      const id = kind === 'series' ? String(row.key) : row.id
      if (isNew(row)) changes.push({ kind, id, change: 'added', fields: [] })
      else changes.push({ kind, id, change: 'changed', fields: differences(pasts.get(row.id), row) })
    }
  }
  return { added, changed, changes }
}

type Row = { readonly id: string } & Readonly<Record<string, unknown>>

/** Rows that were told anew, in the order of that. What only moved along with its asset or place is not among them. */
const touchedRows = async (trx: Transaction<Tables>, kind: Kind, revision: number): Promise<Row[]> =>
  (await trx
    .selectFrom(TABLES[kind])
    .selectAll()
    .where('revision', '>', revision)
    .orderBy('revision')
    .execute()) as unknown as Row[]

/** What those rows were before. */
async function pastOf(trx: Transaction<Tables>, kind: Kind, rows: readonly Row[], versions: number) {
  const ids = rows.map((row) => row.id)
  const past = await inGroups(ids, (some) =>
    trx
      .selectFrom('registry_versions')
      .select(['id', 'value'])
      .where('kind', '=', kind)
      .where('n', '>', versions)
      .where('id', 'in', some)
      .orderBy('n', 'desc')
      .execute(),
  )
  return new Map(past.map((version) => [version.id, JSON.parse(version.value) as Row]))
}

function differences(before: Row | undefined, after: Row): PreviewedChange['fields'] {
  if (!before) return []
  return Object.keys(after)
    .filter((name) => !NOT_TOLD.has(name) && String(before[name] ?? '') !== String(after[name] ?? ''))
    .map((name) => ({ name, before: textOf(before[name]), after: textOf(after[name]) }))
}

const TEXT_MOST = 200
const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value).slice(0, TEXT_MOST)
