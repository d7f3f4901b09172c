import { QuartierError } from '../errors.ts'
import { attributesFrom, dataClassOf, type EventColumns, severityOf } from '../events/columns.ts'
import { DATA_CLASSES, type DistrictEvent, type EventAttributes } from '../events/event.ts'
import { eventIdText } from '../events/identity.ts'
import { EVENT_KINDS, kindOfCode, SEVERITIES } from '../events/kinds.ts'
import type { Block, BlockSummary } from './block.ts'
import { assetName, bitsOf, deviceName, mayHoldAny, zoneName } from './names-filter.ts'
import type { EventPage, EventQuery } from './port.ts'

/** A query, prepared for many blocks. */
export interface Search {
  readonly query: EventQuery
  /** Only what comes after this in the order of a page: measured earlier, or at once with a smaller id. */
  readonly before: { readonly at: number; readonly id: string }
  readonly mayHold: (block: BlockSummary) => boolean
}

/** @throws QuartierError EVENTS_QUERY */
export function prepare(query: EventQuery): Search {
  const { kinds, zones, assets, devices, severity } = query
  const codes = kinds?.map((kind) => EVENT_KINDS[kind].code)
  const least = severity === undefined ? 0 : SEVERITIES.indexOf(severity)
  const bits = [bitsOf(zones?.map(zoneName)), bitsOf(assets?.map(assetName)), bitsOf(devices?.map(deviceName))]
  return {
    query,
    before: parseCursor(query),
    mayHold: (block) =>
      block.severity >= least &&
      (codes === undefined || codes.some((c) => ((block.kinds[c >> 3] as number) & (1 << (c & 7))) !== 0)) &&
      bits.every((b) => mayHoldAny(block.names, b)),
  }
}

/** Adds up to `query.limit` + 1 events of a block to `found`, newest first. */
export function searchBlock(block: Block, { query, before }: Search, found: DistrictEvent[]): void {
  const { columns: c, origins } = block
  const isWanted = origins.map(wantedOrigins(query))
  const kinds = query.kinds && new Set(query.kinds.map((kind) => EVENT_KINDS[kind].code as number))
  const least = query.severity === undefined ? 0 : SEVERITIES.indexOf(query.severity)
  const text = query.text?.toLowerCase()
  let matches = 0
  for (let row = lastBefore(c, Math.min(query.to, before.at + 1)); row >= 0; row--) {
    const at = c.measuredAt[row] as number
    // Those of one instant come in no order of their ids, so that all of them are looked at.
    if (at < query.from || (matches > query.limit && at !== c.measuredAt[row + 1])) return
    if (!isWanted[c.device[row] as number] || severityOf(c.severity[row] as number) < least) continue
    if (kinds && !kinds.has(c.kind[row] as number)) continue
    if (at === before.at && eventIdText(c.ids, row * 4) >= before.id) continue
    if (text !== undefined && !holdsText(block, row, text)) continue
    matches++
    found.push(eventAt(block, row))
  }
}

/** Puts what was found in order and cuts it to a page. */
export function pageOf(found: DistrictEvent[], limit: number, searchedTo: number | undefined): EventPage {
  found.sort((a, b) => b.measuredAt - a.measuredAt || (a.id < b.id ? 1 : -1))
  // What lies before the end of the search may lack neighbours that were not looked at yet.
  const sure = searchedTo === undefined ? found : found.filter((e) => e.measuredAt > searchedTo)
  if (sure.length > limit) {
    const events = sure.slice(0, limit)
    const last = events.at(-1) as DistrictEvent
    return { events, next: `${last.measuredAt}.${last.id}` }
  }
  return searchedTo === undefined ? { events: sure } : { events: sure, next: `${searchedTo + 1}.` }
}

/** Whether enough is found that nothing measured at or before `at` can come onto the page. */
export function isFull(found: readonly DistrictEvent[], limit: number, at: number): boolean {
  let later = 0
  for (const event of found) if (event.measuredAt > at && ++later > limit) return true
  return false
}

export function eventAt({ columns: c, origins }: Block, row: number): DistrictEvent {
  const origin = origins[c.device[row] as number]
  const owner = origin?.owner ?? ''
  const slash = owner.indexOf('/')
  const marks = c.severity[row] as number
  return {
    id: eventIdText(c.ids, row * 4),
    kind: kindOfCode(c.kind[row] as number),
    source: owner.slice(0, slash),
    device: owner.slice(slash + 1),
    assetId: origin?.assetId ?? null,
    zoneId: origin?.zoneId ?? null,
    measuredAt: c.measuredAt[row] as number,
    receivedAt: c.receivedAt[row] as number,
    severity: SEVERITIES[severityOf(marks)] ?? 'info',
    quality: c.quality[row] as number,
    dataClass: DATA_CLASSES[dataClassOf(marks)] ?? 'personal',
    attributes: attributesOf(c, row),
  }
}

export function attributesOf(c: EventColumns, row: number): EventAttributes {
  const json = attributesText(c, row)
  return json === '' ? {} : (JSON.parse(json) as EventAttributes)
}

function attributesText(c: EventColumns, row: number): string {
  const { attributes, attributesEnd } = c
  const from = attributesFrom(c, row)
  const to = attributesEnd[row] as number
  return Buffer.from(attributes.buffer, attributes.byteOffset + from, to - from).toString()
}

function holdsText(block: Block, row: number, text: string): boolean {
  const owner = block.origins[block.columns.device[row] as number]?.owner ?? ''
  return owner.toLowerCase().includes(text) || attributesText(block.columns, row).toLowerCase().includes(text)
}

/** The last row that was measured before `at`, -1 when there is none. */
export function lastBefore(c: EventColumns, at: number): number {
  let low = 0
  let high = c.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((c.measuredAt[middle] as number) < at) low = middle + 1
    else high = middle
  }
  return low - 1
}

function wantedOrigins({ zones, assets, devices }: EventQuery): (origin: Block['origins'][number]) => boolean {
  const [z, a, d] = [zones && new Set(zones), assets && new Set(assets), devices && new Set(devices)]
  return ({ owner, assetId, zoneId }) =>
    (!z || (zoneId !== null && z.has(zoneId))) && (!a || (assetId !== null && a.has(assetId))) && (!d || d.has(owner))
}

function parseCursor({ before, to }: EventQuery): Search['before'] {
  if (before === undefined) return { at: to, id: '' }
  const [, at, id] = /^(-?\d{1,16})\.([0-9a-f]{32})?$/.exec(before) ?? []
  if (at === undefined) throw new QuartierError('EVENTS_QUERY', 'search events: the cursor "before" is none of ours')
  return { at: Number(at), id: id ?? '' }
}
