import type { EventAttributes, EventKind } from '@quartier/contracts'
import { sameBytes } from '../bytes.ts'
import { classAt, nameAt, names, tellRemoved } from '../camera.ts'
import type { ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { pick } from '../json/pick.ts'
import { findKey, textsIn, valueEnd } from '../json/spans.ts'
import { timeOfNumber } from '../time.ts'
import { event, review, update } from './fields.ts'

const [NEW, UPDATE, END] = ['new', 'update', 'end'].map((word) => Buffer.from(word)) as [Buffer, Buffer, Buffer]
const ZONES = Buffer.from('"current_zones"')
const STATIONARY = Buffer.from('"stationary"')
const PLATE = Buffer.from('"recognized_license_plate"')
const VEHICLES = new Set(['car', 'truck', 'bus', 'motorcycle'])
const MAX_ZONES = 32
/** Of a number in km/h or, where Frigate is set up so, mph. */
export type SpeedUnit = 'kmh' | 'mph'
const KMH_PER_MPH = 1.609344

/** A message on `events`: a tracked object comes, changes or goes. Returns 0, or -1 with the fault noted. */
export function decodeObject(b: Uint8Array, from: number, to: number, sink: ReadingSink, unit: SpeedUnit): number {
  const { shape, picked: p, at } = event
  if (pick(b, from, to, shape, p) < 0) return -1
  const camera = nameAt(p, at.camera)
  if (camera === '') return fail('frigate-camera', 'the message names no camera', -1)
  const type = p.is(at.type, UPDATE) ? 'update' : p.is(at.type, NEW) ? 'new' : p.is(at.type, END) ? 'end' : ''
  if (type === '') return fail('frigate-type', 'the type is none of new, update and end', -1)
  const measuredAt = timeOf(p.number(at.at))
  const objectClass = classAt(p, at.label)
  if (objectClass === '') {
    if (p.has(at.label)) p.remove('face')
  } else if (p.truth(at.falsePositive) !== 1) tell(type, { camera, measuredAt, objectClass, sink }, unit)
  if (p.has(at.plate)) tellPlate(type, camera, measuredAt, objectClass, sink)
  tellRemoved(sink, camera, p)
  return 0
}

interface Sighting {
  readonly camera: string
  readonly measuredAt: number
  readonly objectClass: string
  readonly sink: ReadingSink
}

function tell(type: string, seen: Sighting, unit: SpeedUnit): void {
  const { picked: p, at } = event
  const { objectClass } = seen
  if (type === 'update') {
    tellZones(seen)
    if (VEHICLES.has(objectClass) && p.truth(at.stationary) === 1 && valueBefore(STATIONARY, at.stationary) === 0x66)
      say(seen, 'vehicle-stopped', `stopped ${seen.measuredAt}`, { objectClass })
    return
  }
  const confidence = ratio(p.number(at.score))
  const zones = zonesAt(p.from[at.zones] as number, p.isNested(at.zones) ? (p.to[at.zones] as number) : -1)
  if (type === 'new') {
    say(seen, 'object-detected', 'new', { phase: 'start', objectClass, ...confidence })
    for (const area of zones) sayZone(seen, 'area-entered', area)
  } else {
    const durationS = p.number(at.endAt) - p.number(at.startAt)
    const lasting = durationS >= 0 ? { durationS: Math.round(durationS * 10) / 10 } : {}
    const attributes = { phase: 'end', objectClass, ...confidence, ...lasting, ...speed(p.number(at.speed), unit) }
    say(seen, 'object-detected', 'end', attributes)
    for (const area of zones) sayZone(seen, 'area-left', area)
  }
}

/** Zones that the object has come into or left since the message before; nearly always none. */
function tellZones(seen: Sighting): void {
  const { picked: p, at } = event
  const b = p.bytes
  const from = placeBefore(ZONES, at.zones)
  const to = from < 0 ? -1 : valueEnd(b, from, p.to[at.before] as number)
  const [nowFrom, nowTo] = [p.from[at.zones] as number, p.isNested(at.zones) ? (p.to[at.zones] as number) : -1]
  if (to - from === nowTo - nowFrom && to > 0 && sameBytes(b, from, b, nowFrom, to - from)) return
  const now = zonesAt(nowFrom, nowTo)
  const before = zonesAt(from, to)
  for (const area of now) if (!before.includes(area)) sayZone(seen, 'area-entered', area)
  for (const area of before) if (!now.includes(area)) sayZone(seen, 'area-left', area)
}

function zonesAt(from: number, to: number): readonly string[] {
  const b = event.picked.bytes
  return to < 0 || b[from] !== 0x5b ? [] : textsIn(b, from, to, names, MAX_ZONES)
}

/** Where a value of the object as it was before begins, which now stands in a slot; -1 when it has none. */
function placeBefore(quoted: Uint8Array, slot: number): number {
  const { picked: p, at } = event
  if (!p.isNested(at.before)) return -1
  const [from, to] = [p.from[at.before] as number, p.to[at.before] as number]
  // As far from the beginning as it is now.
  const expected = p.kind[slot] === 0 ? from : from + (p.from[slot] as number) - to
  return findKey(p.bytes, from, to, quoted, expected)
}

/** The first byte of such a value. */
const valueBefore = (quoted: Uint8Array, slot: number): number => event.picked.bytes[placeBefore(quoted, slot)] ?? 0

function sayZone(seen: Sighting, kind: 'area-entered' | 'area-left', area: string): void {
  const { measuredAt, objectClass } = seen
  if (area !== '') say(seen, kind, `${kind} ${area} ${measuredAt}`, { area, objectClass })
}

function say({ camera, measuredAt, sink }: Sighting, kind: EventKind, id: string, attributes: EventAttributes): void {
  const { picked: p, at } = event
  const name = p.text(at.id)
  sink.event({ device: camera, kind, measuredAt, id: name === '' ? undefined : `${name}/${id}`, attributes })
}

/** A plate that was read for the first time, or anew. */
function tellPlate(type: string, camera: string, measuredAt: number, objectClass: string, sink: ReadingSink): void {
  const { picked: p, at } = event
  p.remove('plate')
  const plate = p.text(at.plate)
  if (plate === '' || (type !== 'new' && isPlateBefore())) return
  const plateToken = sink.privacy?.plateToken(camera, measuredAt, plate)
  if (!plateToken) return
  const attributes = { plateToken, objectClass: objectClass || 'car', ...ratio(p.number(at.plateScore)) }
  sink.event({ device: camera, kind: 'plate-seen', measuredAt, dataClass: 'pseudonymous', attributes })
}

function isPlateBefore(): boolean {
  const { picked: p, at } = event
  const from = placeBefore(PLATE, at.plate)
  const length = (p.to[at.plate] as number) - (p.from[at.plate] as number)
  return (
    from >= 0 &&
    p.bytes[from] === 0x22 &&
    p.bytes[from + 1 + length] === 0x22 &&
    sameBytes(p.bytes, from + 1, p.bytes, p.from[at.plate] as number, length)
  )
}

/** A message on `tracked_object_update`: what was found out about an object later. */
export function decodeUpdate(b: Uint8Array, from: number, to: number, sink: ReadingSink): number {
  const { shape, picked: p, at } = update
  if (pick(b, from, to, shape, p) < 0) return -1
  const camera = nameAt(p, at.camera)
  const type = p.text(at.type)
  if (type === 'face') p.remove('face')
  const measuredAt = timeOf(p.number(at.at))
  const plate = p.text(at.plate)
  if (p.has(at.plate)) p.remove('plate')
  const plateToken = plate === '' || camera === '' ? '' : sink.privacy?.plateToken(camera, measuredAt, plate)
  if (plateToken) {
    const attributes = { plateToken, ...ratio(p.number(at.score)) }
    sink.event({ device: camera, kind: 'plate-seen', measuredAt, dataClass: 'pseudonymous', attributes })
  }
  tellRemoved(sink, camera, p)
  return 0
}

/** A message on `reviews` repeats what `events` has told: it is only counted what it would have given away. */
export function decodeReview(b: Uint8Array, from: number, to: number, sink: ReadingSink): number {
  const { shape, picked: p, at } = review
  if (pick(b, from, to, shape, p) < 0) return -1
  tellRemoved(sink, nameAt(p, at.camera), p)
  return 0
}

const timeOf = (seconds: number): number => timeOfNumber(seconds, 's')

const ratio = (score: number): { confidence?: number } =>
  score >= 0 && score <= 1 ? { confidence: Math.round(score * 1000) / 1000 } : {}

function speed(value: number, unit: SpeedUnit): { speedKmh?: number } {
  const kmh = unit === 'mph' ? value * KMH_PER_MPH : value
  return kmh > 0 && kmh < 500 ? { speedKmh: Math.round(kmh * 10) / 10 } : {}
}
