import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import { readCsv } from '../csv.ts'
import { nameOf, numberOf } from '../names.ts'
import { type RecordedSeries, type Recording, RecordingBuilder } from '../recording.ts'
import { recordTimes, rowTimes } from './grid.ts'
import { type Field, type GridTime, type Manifest, type Resource, readManifest } from './manifest.ts'
import { readMatrix } from './matrix.ts'

export interface BacktestChoice {
  /** Name of the set; the first one when absent. */
  readonly set?: string
  /** Name of the resource with role `values`; the first one when absent. */
  readonly resource?: string
}

/**
 * Reads the values of a folder that a `backtest.json` describes.
 * @throws QuartierError REPLAY_MANIFEST, REPLAY_FILE
 */
export async function readBacktest(folder: string, choice: BacktestChoice = {}): Promise<Recording> {
  const manifest = readManifest(folder)
  const resource = manifest.resources.find((r) =>
    choice.resource === undefined ? r.role === 'values' : r.name === choice.resource,
  )
  if (!resource)
    throw new QuartierError(
      'REPLAY_MANIFEST',
      `${folder} holds no values over time${choice.resource ? ` called "${choice.resource}"` : ''}`,
    )
  const setName = choice.set ?? resource.set ?? manifest.sets?.[0]?.name
  const set = manifest.sets?.find((s) => s.name === setName)
  if (choice.set !== undefined && !set)
    throw new QuartierError(
      'REPLAY_MANIFEST',
      `${folder} has no set "${choice.set}"; it has ${manifest.sets?.map((s) => s.name).join(', ') || 'none'}`,
    )
  const path = join(folder, (resource.path ?? '').replaceAll('{set}', setName ?? ''))
  const time = set?.time ?? manifest.time
  const builder = new RecordingBuilder()
  const positions = await readPositions(folder, manifest)
  const series =
    resource.layout === 'matrix'
      ? await fromMatrix(path, resource, set?.shape, time, positions, builder)
      : await fromTables(folder, path, manifest, resource, time, builder)
  const placed = series.map((s) => ({ ...s, ...positions.at.get(s.label ?? s.device) }))
  const assetKind = ASSET_KINDS[manifest.kind] ?? 'sensor'
  return builder.finish({
    title: manifest.title,
    source: nameOf(manifest.name).replaceAll(/\s+/g, '-'),
    assetKind,
    series: placed,
  })
}

const ASSET_KINDS: Readonly<Record<string, string>> = { traffic: 'traffic-detector', crowd: 'people-counter' }

async function fromMatrix(
  path: string,
  resource: Resource,
  setShape: [number, number] | undefined,
  time: GridTime | undefined,
  positions: Positions,
  builder: RecordingBuilder,
): Promise<RecordedSeries[]> {
  const shape = resource.shape ?? setShape
  const axes = resource.axes ?? ['time', 'series']
  if (!shape || !axes.includes('time'))
    throw new QuartierError('REPLAY_MANIFEST', `"${resource.name}" has no shape, or no axis of time`)
  const matrix = await readMatrix(path, resource, shape)
  const byTime = axes[0] === 'time'
  const [steps, count] = byTime ? [matrix.rows, matrix.columns] : [matrix.columns, matrix.rows]
  const names = (byTime ? matrix.columnNames : matrix.rowNames) ?? positions.order
  const times = rowTimes(time, steps)
  const missing = missingNumbers(resource.missingValues)
  for (let t = 0; t < steps; t++) {
    for (let s = 0; s < count; s++) {
      const value = matrix.values[byTime ? t * count + s : s * steps + t]!
      if (Number.isNaN(value) || missing.has(value)) builder.omitted.missing++
      else builder.add(s, times[t]!, value)
    }
  }
  const digits = String(count).length
  return Array.from({ length: count }, (_, s) => {
    const label = names[s] ?? String(s + 1).padStart(digits, '0')
    return {
      device: nameOf(label),
      property: nameOf(resource.quantity ?? resource.name),
      unit: resource.unit ?? '',
      label,
    }
  })
}

/** One table, or, where the path holds `{series}`, one for each series of the corpus. */
async function fromTables(
  folder: string,
  path: string,
  manifest: Manifest,
  resource: Resource,
  time: GridTime | undefined,
  builder: RecordingBuilder,
): Promise<RecordedSeries[]> {
  const series: RecordedSeries[] = []
  if (!path.includes('{series}')) {
    await fromTable(path, resource, undefined, time, series, builder)
    return series
  }
  for (const name of corpusOf(folder, manifest)) {
    await fromTable(path.replaceAll('{series}', name), resource, name, time, series, builder)
  }
  return series
}

async function fromTable(
  path: string,
  resource: Resource,
  corpusName: string | undefined,
  time: GridTime | undefined,
  series: RecordedSeries[],
  builder: RecordingBuilder,
): Promise<void> {
  const fields = resource.schema?.fields ?? []
  const readTime = recordTimes(time, fields)
  const named = fields.findIndex((f) => f.role === 'series')
  const values = fields.flatMap((field, at) => (field.role === 'value' ? [{ field, at }] : []))
  const numbers = new Map<string, number>()
  const numberFor = (device: string, field: Field): number => {
    const key = `${device}\n${field.name}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    const property = nameOf(values.length > 1 ? field.name : (field.quantity ?? field.name))
    series.push({ device: nameOf(device), property, unit: field.unit ?? '', label: device })
    numbers.set(key, series.length - 1)
    return series.length - 1
  }
  let row = 0
  let header = resource.dialect?.header === true
  for await (const { line, fields: texts } of readCsv(path, { delimiter: resource.dialect?.delimiter ?? ',' })) {
    if (header) {
      header = false
      continue
    }
    const at = readTime(texts, row++)
    if (Number.isNaN(at)) {
      builder.refuse(line, 'the time cannot be read')
      continue
    }
    const device = named >= 0 ? labelOf(fields[named]!, texts[named]?.trim() ?? '') : (corpusName ?? resource.name)
    for (const { field, at: column } of values) {
      const text = texts[column]?.trim() ?? ''
      if (isMissing(text, field.missingValues ?? resource.missingValues)) builder.omitted.missing++
      else if (Number.isNaN(numberOf(text))) builder.refuse(line, `"${text.slice(0, 40)}" is not a number`)
      else builder.add(numberFor(device, field), at, numberOf(text))
    }
  }
}

function labelOf(field: Field, text: string): string {
  const category = field.categories?.find((c) => typeof c === 'object' && String(c.value) === text)
  return typeof category === 'object' ? category.label : text
}

const isMissing = (text: string, missing: readonly string[] = []): boolean =>
  text === '' || missing.includes(text) || missing.some((m) => m !== '' && Number(m) === Number(text))

const missingNumbers = (missing: readonly string[] = []): Set<number> => new Set(missing.map(Number))

/** Names of the corpus: those for which the labelled windows are told. */
function corpusOf(folder: string, manifest: Manifest): string[] {
  const windows = manifest.resources.find((r) => r.role === 'windows' && r.path !== undefined)
  if (!windows) throw new QuartierError('REPLAY_MANIFEST', `${folder} does not name the series of its corpus`)
  return Object.keys(JSON.parse(readFileSync(join(folder, windows.path!), 'utf8')) as object)
}

interface Positions {
  /** Names of the series in the order of the records. */
  readonly order: readonly string[]
  readonly at: ReadonlyMap<string, { readonly longitude: number; readonly latitude: number }>
}

async function readPositions(folder: string, manifest: Manifest): Promise<Positions> {
  const order: string[] = []
  const at = new Map<string, { longitude: number; latitude: number }>()
  const resource = manifest.resources.find((r) => r.role === 'positions')
  if (!resource?.path) return { order, at }
  const column = (role: string) => (resource.schema?.fields ?? []).findIndex((f) => f.role === role)
  const [name, longitude, latitude] = [column('series'), column('longitude'), column('latitude')]
  let header = resource.dialect?.header === true
  for await (const { fields } of readCsv(join(folder, resource.path), {
    delimiter: resource.dialect?.delimiter ?? ',',
  })) {
    if (header) {
      header = false
      continue
    }
    const id = fields[name]?.trim() ?? ''
    order.push(id)
    at.set(id, { longitude: Number(fields[longitude]), latitude: Number(fields[latitude]) })
  }
  return { order, at }
}
