import type { EventAttributes, EventKind } from '@quartier/contracts'
import { cleanName } from '../../privacy/scrub.ts'
import { objectClassOf, tellRemoved } from '../camera.ts'
import type { ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { pick } from '../json/shape.ts'
import { timeOfNumber } from '../time.ts'
import { event, review, update } from './fields.ts'

const VEHICLES = new Set(['car', 'truck', 'bus', 'motorcycle'])
const MAX_ZONES = 32
/** Of a number in km/h or, where Frigate is set up so, mph. */
export type SpeedUnit = 'kmh' | 'mph'
const KMH_PER_MPH = 1.609344

/** A message on `events`: a tracked object comes, changes or goes. Returns 0, or -1 with the fault noted. */
export function decodeObject(b: Uint8Array, from: number, to: number, sink: ReadingSink, unit: SpeedUnit): number {
  const { shape, picked: p, at } = event
  if (pick(b, from, to, shape, p) < 0) return -1
  const camera = cleanName(p.text(at.camera))
  if (camera === '') return fail('frigate-camera', 'the message names no camera', -1)
  const type = p.text(at.type)
  if (type !== 'new' && type !== 'update' && type !== 'end')
    return fail('frigate-type', 'the type is none of new, update and end', -1)
  const measuredAt = timeOf(p.number(at.at))
  const objectClass = objectClassOf(p.text(at.label))
  const plate = plateOf(p.text(at.plate), p, sink, camera, measuredAt)
  if (p.has(at.plateBefore)) p.remove('plate')
  if (objectClass === '') {
    if (p.text(at.label) !== '') p.remove('face')
  } else if (p.truth(at.falsePositive) !== 1) tell(type, camera, measuredAt, objectClass, sink, unit)
  if (plate !== '' && (type === 'new' || !p.isSame(at.plate, at.plateBefore)))
    sink.event({
      device: camera,
      kind: 'plate-seen',
      measuredAt,
      dataClass: 'pseudonymous',
      attributes: { plateToken: plate, objectClass: objectClass || 'car', ...ratio(p.number(at.plateScore)) },
    })
  tellRemoved(sink, camera, p)
  return 0
}

function tell(
  type: string,
  camera: string,
  measuredAt: number,
  objectClass: string,
  sink: ReadingSink,
  unit: SpeedUnit,
): void {
  const { picked: p, at } = event
  const name = p.text(at.id)
  const say = (kind: EventKind, id: string, attributes: EventAttributes) =>
    sink.event({ device: camera, kind, measuredAt, id: name === '' ? undefined : `${name}/${id}`, attributes })
  const confidence = ratio(p.number(at.score))
  if (type === 'new') say('object-detected', 'new', { phase: 'start', objectClass, ...confidence })
  if (type === 'end') {
    const durationS = p.number(at.endAt) - p.number(at.startAt)
    const lasting = durationS >= 0 ? { durationS: Math.round(durationS * 10) / 10 } : {}
    const attributes = { phase: 'end', objectClass, ...confidence, ...lasting, ...speed(p.number(at.speed), unit) }
    say('object-detected', 'end', attributes)
  }
  if (type !== 'new' && type !== 'end' && p.isSame(at.zones, at.zonesBefore)) {
    // The commonest message of all: the object is where it was.
  } else tellZones(type, (kind, area) => say(kind, `${kind} ${area} ${measuredAt}`, { area, objectClass }))
  if (VEHICLES.has(objectClass) && p.truth(at.stationary) === 1 && p.truth(at.stationaryBefore) === 0)
    say('vehicle-stopped', `stopped ${measuredAt}`, { objectClass })
}

function tellZones(type: string, say: (kind: 'area-entered' | 'area-left', area: string) => void): void {
  const { picked: p, at } = event
  const now = type === 'end' ? [] : p.texts(at.zones).slice(0, MAX_ZONES)
  const before = type === 'new' ? [] : p.texts(type === 'end' ? at.zones : at.zonesBefore).slice(0, MAX_ZONES)
  for (const zone of now) if (!before.includes(zone)) sayZone('area-entered', zone, say)
  for (const zone of before) if (!now.includes(zone)) sayZone('area-left', zone, say)
}

function sayZone<Kind>(kind: Kind, zone: string, say: (kind: Kind, area: string) => void): void {
  const area = cleanName(zone)
  if (area !== '') say(kind, area)
}

/** A message on `tracked_object_update`: what was found out about an object later. */
export function decodeUpdate(b: Uint8Array, from: number, to: number, sink: ReadingSink): number {
  const { shape, picked: p, at } = update
  if (pick(b, from, to, shape, p) < 0) return -1
  const camera = cleanName(p.text(at.camera))
  const type = p.text(at.type)
  if (type === 'face') p.remove('face')
  const measuredAt = timeOf(p.number(at.at))
  const plate = plateOf(p.text(at.plate), p, sink, camera, measuredAt)
  if (plate !== '' && camera !== '')
    sink.event({
      device: camera,
      kind: 'plate-seen',
      measuredAt,
      dataClass: 'pseudonymous',
      attributes: { plateToken: plate, ...ratio(p.number(at.score)) },
    })
  tellRemoved(sink, camera, p)
  return 0
}

/** A message on `reviews` repeats what `events` has told: it is only counted what it would have given away. */
export function decodeReview(b: Uint8Array, from: number, to: number, sink: ReadingSink): number {
  const { shape, picked: p, at } = review
  if (pick(b, from, to, shape, p) < 0) return -1
  tellRemoved(sink, cleanName(p.text(at.camera)), p)
  return 0
}

/** The token of a plate, which is counted as removed; '' without a plate or a door to hand it through. */
function plateOf(
  plate: string,
  p: { remove(kind: 'plate'): void },
  sink: ReadingSink,
  camera: string,
  measuredAt: number,
): string {
  if (plate === '') return ''
  p.remove('plate')
  return sink.privacy?.plateToken(camera, measuredAt, plate) ?? ''
}

const timeOf = (seconds: number): number => timeOfNumber(seconds, 's')

const ratio = (score: number): { confidence?: number } =>
  score >= 0 && score <= 1 ? { confidence: Math.round(score * 1000) / 1000 } : {}

function speed(value: number, unit: SpeedUnit): { speedKmh?: number } {
  const kmh = unit === 'mph' ? value * KMH_PER_MPH : value
  return kmh > 0 && kmh < 500 ? { speedKmh: Math.round(kmh * 10) / 10 } : {}
}
