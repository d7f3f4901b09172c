import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import { z } from 'zod'
import { readCsv } from './csv.ts'
import { type ReplayMapping, replayMappingSchema } from './mapping.ts'
import { nameOf, numberOf } from './names.ts'
import { type RecordedSeries, type Recording, RecordingBuilder } from './recording.ts'
import { timeReader } from './time-format.ts'

/**
 * Reads a CSV file as its mapping says.
 * @throws QuartierError REPLAY_MAPPING (all mistakes together), REPLAY_FILE
 */
export async function readMappedCsv(path: string, mappingPath: string): Promise<Recording> {
  const mapping = readMapping(mappingPath)
  const positions = await readPositions(mapping, dirname(mappingPath))
  const builder = new RecordingBuilder()
  const catalogue = createCatalogue(mapping, positions)
  const readTime = timeReader(mapping.time.format, mapping.time.zone)
  const missing = missingOf(mapping)
  let columns: Columns | undefined
  for await (const { line, fields } of readCsv(path, mapping)) {
    if (!columns) {
      const names = mapping.header ? fields.map((f) => f.trim()) : fields.map((_, i) => String(i + 1))
      columns = columnsOf(mapping, names, path)
      if (mapping.header) continue
    }
    const stamp = columns.time.map((i) => fields[i] ?? '').join(' ')
    const at = readTime(stamp)
    if (Number.isNaN(at)) {
      builder.refuse(line, `"${stamp.slice(0, 60)}" is not a time in the format ${mapping.time.format}`)
      continue
    }
    const id = columns.id < 0 ? undefined : fields[columns.id]?.trim()
    for (const cell of columns.cells(fields)) {
      const text = cell.text?.trim() ?? ''
      if (missing(text)) {
        builder.omitted.missing++
        continue
      }
      const value = numberOf(text, mapping.decimalComma)
      if (Number.isNaN(value)) builder.refuse(line, `"${text.slice(0, 60)}" is not a number`)
      else builder.add(catalogue.place(id, cell), at, value)
    }
  }
  const title = mapping.title ?? basename(path)
  return builder.finish({ title, source: mapping.source, assetKind: mapping.assetKind, series: catalogue.series })
}

function readMapping(path: string): ReplayMapping {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new QuartierError('REPLAY_MAPPING', `read the mapping ${path}: ${(cause as Error).message}`, { cause })
  }
  const parsed = replayMappingSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new QuartierError('REPLAY_MAPPING', `The mapping ${path} has mistakes:\n${z.prettifyError(parsed.error)}`)
}

/** One field that is a reading. */
interface Cell extends Pick<RecordedSeries, 'property' | 'unit' | 'validMin' | 'validMax'> {
  /** Device that the column names. */
  readonly device?: string
  readonly text: string | undefined
}

interface Columns {
  readonly time: readonly number[]
  readonly id: number
  cells(fields: readonly string[]): readonly Cell[]
}

function columnsOf(mapping: ReplayMapping, names: readonly string[], path: string): Columns {
  const absent: string[] = []
  const find = (name: string): number => {
    const i = names.indexOf(name)
    if (i < 0) absent.push(name)
    return i
  }
  const time = [mapping.time.column].flat().map(find)
  const id = mapping.id === undefined ? -1 : find(mapping.id)
  const { values } = mapping
  let cells: Columns['cells']
  if ('columns' in values) {
    const wanted = values.columns.map(({ column, ...facts }) => ({ at: find(column), facts }))
    cells = (fields) => wanted.map(({ at, facts }) => ({ ...facts, text: fields[at] }))
  } else if ('devices' in values) {
    const { except, ...facts } = values.devices
    const taken = new Set([...time, id, ...except.map(find)])
    const wanted = names.flatMap((device, at) => (taken.has(at) ? [] : [{ at, device }]))
    cells = (fields) => wanted.map(({ at, device }) => ({ ...facts, device, text: fields[at] }))
  } else {
    const { propertyColumn, valueColumn, units } = values.long
    const [named, at] = [find(propertyColumn), find(valueColumn)]
    cells = (fields) => {
      const property = fields[named]?.trim() ?? ''
      return [{ property, unit: units[property] ?? '', text: fields[at] }]
    }
  }
  if (absent.length === 0) return { time, id, cells }
  throw new QuartierError(
    'REPLAY_MAPPING',
    `${path} has no column ${absent.map((a) => `"${a}"`).join(', ')}; it has ${names.slice(0, 20).join(', ')}`,
  )
}

type Positions = ReadonlyMap<string, { readonly longitude: number; readonly latitude: number }>

/** Gives every device and property its number in the list of series. */
function createCatalogue(mapping: ReplayMapping, positions: Positions) {
  const series: RecordedSeries[] = []
  const numbers = new Map<string, number>()
  const place = (id: string | undefined, { text: _text, device, ...facts }: Cell): number => {
    const own = [id, device].filter((part) => part !== undefined && part !== '').join(' ')
    const key = `${own}\n${facts.property}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    const name = nameOf(mapping.device + own)
    series.push({ ...facts, device: name, property: nameOf(facts.property), label: own || name, ...positions.get(own) })
    numbers.set(key, series.length - 1)
    return series.length - 1
  }
  return { series, place }
}

async function readPositions({ positions }: ReplayMapping, folder: string): Promise<Positions> {
  const found = new Map<string, { longitude: number; latitude: number }>()
  if (!positions) return found
  const path = resolve(folder, positions.path)
  let names: readonly string[] | undefined
  for await (const { fields } of readCsv(path, positions)) {
    if (!names) {
      names = fields.map((f) => f.trim())
      const absent = [positions.id, positions.longitude, positions.latitude].filter((n) => !names!.includes(n))
      if (absent.length > 0) throw new QuartierError('REPLAY_MAPPING', `${path} has no column ${absent.join(', ')}`)
      continue
    }
    const [id, longitude, latitude] = [positions.id, positions.longitude, positions.latitude].map(
      (n) => fields[names!.indexOf(n)] ?? '',
    )
    found.set(id!.trim(), { longitude: Number(longitude), latitude: Number(latitude) })
  }
  return found
}

/** Missing when empty, one of the texts, or equal to one of them as a number. */
function missingOf({ missing, decimalComma }: ReplayMapping): (text: string) => boolean {
  const numbers = new Set(missing.map((m) => numberOf(m, decimalComma)).filter((n) => !Number.isNaN(n)))
  const texts = new Set(missing)
  return (text) => text === '' || texts.has(text) || (numbers.size > 0 && numbers.has(numberOf(text, decimalComma)))
}
