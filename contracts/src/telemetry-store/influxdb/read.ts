import { foldSpans, type RowSpan } from '../fold.ts'
import type { Catalog } from './catalog.ts'
import { readTables } from './csv.ts'
import type { Fleet } from './fleet.ts'
import { fieldsQuery, GREATEST_TIME, LEAST_TIME } from './flux.ts'
import type { Buckets } from './migrate.ts'
import { DELAY_FIELD, QUALITY_FIELD, RAW_MEASUREMENT } from './names.ts'
import type { Placement } from './placement.ts'

export interface Sources {
  readonly catalog: Catalog
  readonly fleet: Fleet
  readonly placement: Placement
  readonly buckets: Buckets
}

/** What is asked of the series: which fields of each, where and when. */
interface Question {
  readonly bucket: string
  readonly measurement: string
  /** What is appended to the name of each series' field. */
  readonly suffixes: readonly string[]
  readonly from: number
  readonly to: number
  readonly limit?: number
  readonly newest?: boolean
}

/** Times and values of one field, oldest first. */
export interface Points {
  readonly at: number[]
  readonly value: number[]
}

/** By generation, oldest first: the points of each suffix. */
type Found = (readonly Points[] | undefined)[]

/** Devices of one query, and queries at one time. */
const DEVICES = 100
const QUERIES = 4

/** Readings of each series that has some in `[from, to)`: times, values, qualities and delays, oldest first. */
export async function readRaw(
  sources: Sources,
  ordinals: Iterable<number>,
  from: number,
  to: number,
  options: { readonly delays?: boolean; readonly limit?: number } = {},
): Promise<Map<number, { columns: Float64Array[]; length: number }>> {
  const suffixes = options.delays ? ['', QUALITY_FIELD, DELAY_FIELD] : ['', QUALITY_FIELD]
  const { limit } = options
  const question = { bucket: sources.buckets.raw, measurement: RAW_MEASUREMENT, suffixes, from, to, limit }
  const out = new Map<number, { columns: Float64Array[]; length: number }>()
  for (const [ordinal, found] of await ask(sources, ordinals, question)) {
    const spans = found.filter((points) => points !== undefined).map(toSpan)
    const folded = foldSpans(spans, 4)
    if (folded.length > 0) out.set(ordinal, folded)
  }
  return out
}

/** The newest reading of each series that has some in `[from, to)`. */
export async function readNewest(
  sources: Sources,
  ordinals: Iterable<number>,
  from: number,
  to: number,
): Promise<Map<number, { at: number; value: number; quality: number; delayMs: number }>> {
  const suffixes = ['', QUALITY_FIELD, DELAY_FIELD]
  const question = { bucket: sources.buckets.raw, measurement: RAW_MEASUREMENT, suffixes, from, to, newest: true }
  const out = new Map<number, { at: number; value: number; quality: number; delayMs: number }>()
  for (const [ordinal, found] of await ask(sources, ordinals, question))
    for (const [values, qualities, delays] of found.filter((points) => points !== undefined)) {
      const at = values?.at[0]
      if (at === undefined || at < (out.get(ordinal)?.at ?? Number.NEGATIVE_INFINITY)) continue
      const joinedTo = (points: Points | undefined) => (points?.at[0] === at ? (points.value[0] as number) : 0)
      out.set(ordinal, {
        ...{ at, value: values?.value[0] as number },
        ...{ quality: joinedTo(qualities), delayMs: joinedTo(delays) },
      })
    }
  return out
}

/** Values stand at every instant; quality and delay are joined to them and are 0 where nothing is said. */
function toSpan([values, qualities, delays]: readonly Points[]): RowSpan {
  const times = Float64Array.from(values?.at ?? [])
  const columns = [times, Float64Array.from(values?.value ?? []), joined(times, qualities), joined(times, delays)]
  return { columns, start: 0, end: times.length }
}

function joined(times: Float64Array, points: Points | undefined): Float64Array {
  const out = new Float64Array(times.length)
  if (!points) return out
  let i = 0
  points.at.forEach((at, k) => {
    while (i < times.length && (times[i] as number) < at) i++
    if (times[i] === at) out[i] = points.value[k] as number
  })
  return out
}

/**
 * Asks those who hold each series, older generations too.
 * @throws QuartierError STORE_UNAVAILABLE that names the part which no reachable server holds
 */
export async function ask(
  sources: Sources,
  ordinals: Iterable<number>,
  question: Question,
): Promise<Map<number, Found>> {
  const out = new Map<number, Found>()
  if (!(question.from < question.to) || question.to <= LEAST_TIME || question.from >= GREATEST_TIME) return out
  const known = [...new Set(ordinals)]
  const queries = plan(sources, known)
  let next = 0
  const worker = async () => {
    for (let q = queries[next++]; q; q = queries[next++]) await run(sources, question, q, known.length, out)
  }
  await Promise.all(Array.from({ length: Math.min(QUERIES, queries.length) }, worker))
  return out
}

interface Query {
  /** Counted from the oldest. */
  readonly generation: number
  readonly servers: readonly string[]
  readonly slots: Set<number>
  readonly ordinals: number[]
}

/** Series that the same servers hold and that have the same fields share queries. */
function plan({ catalog, placement }: Sources, ordinals: readonly number[]): Query[] {
  const fieldsOf = new Map<number, number[]>()
  for (const o of ordinals) {
    const list = fieldsOf.get(catalog.device[o] as number)
    if (list) list.push(o)
    else fieldsOf.set(catalog.device[o] as number, [o])
  }
  const groups = new Map<string, { readonly query: Query; devices: number }[]>()
  for (const ofDevice of fieldsOf.values()) {
    const slot = catalog.slot[ofDevice[0] as number] as number
    const fields = ofDevice
      .map((o) => catalog.field[o] as number)
      .sort((a, b) => a - b)
      .join(' ')
    const readFrom = placement.readFrom[slot] as readonly (readonly string[])[]
    readFrom.forEach((servers, age) => {
      const generation = readFrom.length - 1 - age
      const key = `${generation}\n${servers.join('\n')}\n${fields}`
      const list = groups.get(key) ?? []
      groups.set(key, list)
      let last = list.at(-1)
      if (!last || last.devices === DEVICES) {
        last = { query: { generation, servers, slots: new Set(), ordinals: [] }, devices: 0 }
        list.push(last)
      }
      last.devices++
      last.query.slots.add(slot)
      last.query.ordinals.push(...ofDevice)
    })
  }
  return [...groups.values()].flat().map((g) => g.query)
}

async function run(
  { catalog, fleet }: Sources,
  question: Question,
  { generation, servers, slots, ordinals }: Query,
  asked: number,
  out: Map<number, Found>,
): Promise<void> {
  const devices = new Map<string, Set<string>>()
  const fields = new Set<string>()
  const byPlace = new Map<string, { ordinal: number; suffix: number }>()
  for (const ordinal of ordinals) {
    const { source, device, field } = catalog.placeOf(ordinal)
    devices.set(source, (devices.get(source) ?? new Set()).add(device))
    question.suffixes.forEach((text, suffix) => {
      fields.add(field + text)
      byPlace.set(`${source}\n${device}\n${field}${text}`, { ordinal, suffix })
    })
  }
  const lists = new Map([...devices].map(([source, names]) => [source, [...names]]))
  const part = `${slots.size} of 256 slots on ${servers.join(' and ')}, with ${ordinals.length} of ${asked} series,`
  const csv = await fleet.ask(servers, fieldsQuery({ ...question, devices: lists, fields: [...fields] }), part)
  readTables(
    csv,
    (cells) => {
      const known = byPlace.get(`${cells('source')}\n${cells('device')}\n${cells('_field')}`)
      return known && pointsOf(out, known.ordinal, generation, known.suffix, question.suffixes.length)
    },
    (points, at, value) => {
      points?.at.push(at)
      points?.value.push(Number(value))
    },
  )
}

function pointsOf(out: Map<number, Found>, ordinal: number, generation: number, suffix: number, suffixes: number) {
  const found: Found = out.get(ordinal) ?? []
  out.set(ordinal, found)
  found[generation] ??= Array.from({ length: suffixes }, () => ({ at: [], value: [] }))
  return found[generation][suffix]
}
