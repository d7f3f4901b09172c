import { parseSeriesId, parseSeriesKey, type SeriesId, seriesIdOf } from '@quartier/contracts'
import { type SeriesVersion, versionAt } from '@quartier/contracts/records'
import type { SeriesMeta, TelemetryStore } from '@quartier/contracts/telemetry-store'
import type { Command } from 'commander'
import { usage } from './exit.ts'
import { type Installation, withRecords } from './installation.ts'
import { withInstallation } from './options.ts'

/** Which series a command is about, as people name them. */
export interface SelectionOptions extends Installation {
  readonly zone?: string
  readonly kind?: string
  readonly property?: string
  readonly under?: string
}

export interface SelectedSeries {
  readonly id: SeriesId
  readonly key: string
  readonly unit: string
}

export const withSelection = (command: Command): Command =>
  withInstallation(command)
    .option('--zone <id>', 'only series of this zone')
    .option('--kind <kind>', 'only series of assets of this kind, such as air-handler')
    .option('--property <name>', 'only this property')
    .option('--under <asset>', 'only series of this asset and of all that hangs on it: a feeder, a switch, a gateway')

/**
 * Series by key or id, and by words: these are looked up in the registry, together with the filters, and where it
 * knows none of them in the keys of the store. Without any of it, all series.
 * @throws QuartierError USAGE naming what matches nothing
 */
export async function selectSeries(
  store: TelemetryStore,
  words: readonly string[],
  options: SelectionOptions,
  limit: number,
): Promise<SelectedSeries[]> {
  const known = await store.series()
  const byKey = new Map(known.map((meta) => [meta.key, meta]))
  const named = words.flatMap((word) => exactly(word, byKey, known))
  const text = words.filter((word) => !byKey.has(word) && !parseSeriesId(word))
  const filtered = Boolean(options.zone || options.kind || options.property || options.under)
  if (text.length === 0 && named.length > 0) return named
  if (text.length === 0 && !filtered) return known.slice(0, limit).map(selected)
  const found = await inRegistry(text, options, limit)
  if (found.length > 0) return [...named, ...found]
  const inKeys = filtered ? [] : known.filter((m) => text.every((w) => m.key.toLowerCase().includes(w.toLowerCase())))
  if (inKeys.length === 0) throw usage(`No series matches ${describe(text, options)}.`)
  return [...named, ...inKeys.slice(0, limit).map(selected)]
}

function exactly(word: string, byKey: ReadonlyMap<string, SeriesMeta>, known: readonly SeriesMeta[]): SelectedSeries[] {
  const meta = byKey.get(word)
  if (meta) return [selected(meta)]
  const id = parseSeriesId(word)
  if (id) {
    const named = known.find((s) => s.lo === id.lo && s.hi === id.hi)
    if (!named) throw usage(`No series has the id ${word}.`)
    return [selected(named)]
  }
  if (parseSeriesKey(word)) throw usage(`The store holds no series ${word}.`)
  return []
}

async function inRegistry(
  text: readonly string[],
  options: SelectionOptions,
  limit: number,
): Promise<SelectedSeries[]> {
  const found = await withRecords(options, (records) =>
    records.registry.series({
      text: text.join(' ') || undefined,
      zoneId: options.zone,
      assetKind: options.kind,
      property: options.property,
      under: options.under,
      limit,
    }),
  )
  return found.map((s) => ({ id: seriesIdOf(s.key), key: s.key, unit: s.unit }))
}

/** What a reading of a series meant when it was measured. */
export interface Meaning {
  readonly unit: string
  readonly zone: string | null
}

/** Unit and zone of each of these series at any instant; of one that is not registered, what the store knows. */
export async function meaningsOf(
  options: Installation,
  series: readonly SelectedSeries[],
): Promise<(series: SelectedSeries, at: number) => Meaning> {
  const keys = series.map(({ key }) => key)
  const versions: ReadonlyMap<string, readonly SeriesVersion[]> = await withRecords(options, (records) =>
    records.registry.seriesVersions(keys),
  )
  return ({ key, unit }, at) => {
    const known = versions.get(key)
    if (!known) return { unit, zone: null }
    const { definition, zoneId } = versionAt(known, at)
    return { unit: definition.unit, zone: zoneId }
  }
}

const selected = (meta: SeriesMeta): SelectedSeries => ({ id: meta, key: meta.key, unit: meta.unit })

function describe(text: readonly string[], options: SelectionOptions): string {
  const parts = [
    text.length > 0 ? `“${text.join(' ')}”` : '',
    options.zone ? `zone ${options.zone}` : '',
    options.kind ? `kind ${options.kind}` : '',
    options.property ? `property ${options.property}` : '',
    options.under ? `under ${options.under}` : '',
  ]
  return parts.filter(Boolean).join(', ')
}
