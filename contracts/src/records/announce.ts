import type { EventLog, NewRecord } from '../event-log/port.ts'
import type { Asset, Place, SeriesDefinition } from '../schemas/registry.ts'
import { ASSETS, SERIES } from '../topics.ts'
import type { ChangeOptions, ImportReport, Pending, Records, RegistryStore } from './port.ts'

const RECORDS_PER_APPEND = 5_000
const LOCK = 'announce'

/** Marks records that come from the registry, which need not be told what it said itself. */
export const FROM_REGISTRY = { from: 'registry' } as const

/** Appends definitions to `series.v1`: the key is the series key, the value JSON as in the schema. */
export async function announceSeries(
  log: EventLog,
  definitions: readonly SeriesDefinition[],
  onProgress: (share: number) => void = () => {},
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let from = 0; from < definitions.length; from += RECORDS_PER_APPEND) {
    const some = definitions.slice(from, from + RECORDS_PER_APPEND)
    await log.append(
      SERIES,
      some.map((d) => jsonRecord(d.key, d, headers)),
    )
    onProgress(Math.min(1, (from + some.length) / definitions.length))
  }
}

/** Appends places and assets to `assets.v1`, keys `place:<id>` and `asset:<id>`, values JSON as in the schemas. */
export async function announceAssets(
  log: EventLog,
  places: readonly Place[],
  assets: readonly Asset[],
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const records = [
    ...places.map((place) => jsonRecord(`place:${place.id}`, place, headers)),
    ...assets.map((asset) => jsonRecord(`asset:${asset.id}`, asset, headers)),
  ]
  for (let from = 0; from < records.length; from += RECORDS_PER_APPEND) {
    await log.append(ASSETS, records.slice(from, from + RECORDS_PER_APPEND))
  }
}

/**
 * Tells the log every change of the registry that it has not been told, in the order they were made. What a crash
 * leaves untold the next call tells. Resolves to the number of series announced.
 */
export async function announcePending(
  log: EventLog,
  records: Pick<Records, 'registry' | 'lock'>,
  onProgress: (announced: number) => void = () => {},
): Promise<number> {
  return records.lock(LOCK, () => tellPending(log, records.registry, FROM_REGISTRY, onProgress))
}

/**
 * Imports a CSV as {@link RegistryStore.importSeriesCsv} does and announces the series while the import goes on, which
 * takes little longer than either alone.
 */
export async function importSeries(
  log: EventLog,
  records: Pick<Records, 'registry' | 'lock'>,
  lines: AsyncIterable<string>,
  onProgress: (rows: number) => void = () => {},
  options: ChangeOptions = {},
): Promise<ImportReport> {
  let announcing: Promise<unknown> | undefined
  const meanwhile = (rows: number) => {
    announcing ??= announcePending(log, records).then(
      () => (announcing = undefined),
      () => {}, // the last announcement below meets the same trouble and tells it
    )
    onProgress(rows)
  }
  try {
    return await records.registry.importSeriesCsv(lines, meanwhile, options)
  } finally {
    await announcing
    await announcePending(log, records)
  }
}

/** Imports a GeoJSON text as {@link RegistryStore.importGeoJson} does and announces what has changed. */
export async function importFeatures(
  log: EventLog,
  records: Pick<Records, 'registry' | 'lock'>,
  text: string,
  onProgress: (features: number) => void = () => {},
  options: ChangeOptions = {},
): Promise<ImportReport> {
  try {
    return await records.registry.importGeoJson(text, onProgress, options)
  } finally {
    await announcePending(log, records)
  }
}

/**
 * Turns quarantined or provisioned series into active ones and announces them; `principalName` travels with the
 * records as header `by`. Resolves to the series that became active; unknown and retired keys are left out.
 */
export async function adopt(
  records: Pick<Records, 'registry' | 'lock'>,
  log: EventLog,
  keys: readonly string[],
  principalName: string,
): Promise<readonly SeriesDefinition[]> {
  return records.lock(LOCK, async () => {
    await tellPending(log, records.registry, FROM_REGISTRY)
    const known = await records.registry.seriesByKeys(keys)
    const adopted = [...known.values()]
      .filter((d) => d.status === 'quarantined' || d.status === 'provisioned')
      .map((d) => ({ ...d, status: 'active' as const }))
    await records.registry.putSeries(adopted)
    await tellPending(log, records.registry, { ...FROM_REGISTRY, by: principalName })
    return adopted
  })
}

async function tellPending(
  log: EventLog,
  registry: RegistryStore,
  headers: Readonly<Record<string, string>>,
  onProgress: (announced: number) => void = () => {},
): Promise<number> {
  await tellKind(registry, 'places', (places) => announceAssets(log, places as Place[], [], headers))
  await tellKind(registry, 'assets', (assets) => announceAssets(log, [], assets as Asset[], headers))
  const tell = (series: readonly unknown[]) => announceSeries(log, series as SeriesDefinition[], undefined, headers)
  return tellKind(registry, 'series', tell, onProgress)
}

/** Page by page; the next is read while the log makes this one durable. */
async function tellKind(
  registry: RegistryStore,
  kind: 'places' | 'assets' | 'series',
  tell: (items: readonly unknown[]) => Promise<void>,
  onProgress: (announced: number) => void = () => {},
): Promise<number> {
  const read = registry.pending as (kind: string, limit: number, after?: number) => Promise<Pending<unknown>>
  let told = 0
  for (let page = await read(kind, RECORDS_PER_APPEND); page.items.length > 0; ) {
    const { items, revision } = page
    const [next] = await Promise.all([read(kind, RECORDS_PER_APPEND, revision), tell(items)])
    await registry.announced(kind, revision)
    told += items.length
    onProgress(told)
    page = next
  }
  return told
}

const jsonRecord = (key: string, value: object, headers: Readonly<Record<string, string>>): NewRecord => ({
  key,
  value: Buffer.from(JSON.stringify(value)),
  headers,
})
