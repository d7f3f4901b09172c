import type { EventAttributes, EventKind } from '@quartier/contracts'
import { QUALITY_UNCERTAIN } from '@quartier/contracts'
import { smallCountMark } from '@quartier/contracts/privacy'
import { nameAt, objectClassOf, propertiesOf, propertyPart, wordAt } from '../camera.ts'
import type { ReadingSink } from '../codec.ts'
import { countedSince, NOTHING_BEFORE } from '../counter.ts'
import { fail } from '../fault.ts'
import { message } from './fields.ts'

/** Where a message came from and goes to. */
export interface Scene {
  readonly camera: string
  readonly measuredAt: number
  readonly sink: ReadingSink
}
/** What an event topic means. Returns 0, or -1 with the fault noted. */
export type Rule = (scene: Scene) => number

const { picked: p, at } = message

/** By local topic, without what may follow; the longest that fits holds. */
const RULES: Readonly<Record<string, Rule>> = {
  'RuleEngine/LineDetector/Crossed': lineCrossed,
  'RuleEngine/CountAggregation/Counter': counter,
  'RuleEngine/CountAggregation/OccupancyCounter': occupancy,
  'RuleEngine/FieldDetector/ObjectsInside': objectsInside,
  'RuleEngine/LoiteringDetector/ObjectIsLoitering': loitering,
  'RuleEngine/ObjectDetection/Object': objectDetected,
  'RuleEngine/Recognition/LicensePlate': plateSeen,
  'RuleEngine/Recognition/Face': face,
  'RuleEngine/CellMotionDetector/Motion': lasting('motion', 'motion', at.motion),
  'RuleEngine/MotionRegionDetector/Motion': lasting('motion', 'motion', at.state, at.motion),
  'VideoSource/MotionAlarm': lasting('motion', 'motion', at.state),
  'RuleEngine/TamperDetector/Tamper': lasting('camera-tampered', 'tampered', at.tamper, at.state),
  'VideoSource/GlobalSceneChange': lasting('camera-tampered', 'scene-changed', at.state),
  'VideoSource/ImageTooBlurry': trouble('image-too-blurry'),
  'VideoSource/ImageTooDark': trouble('image-too-dark'),
  'VideoSource/ImageTooBright': trouble('image-too-bright'),
  'VideoSource/SignalLoss': trouble('signal-lost'),
  'Device/HardwareFailure/FanFailure': trouble('fan-failed'),
  'Device/HardwareFailure/PowerSupplyFailure': trouble('power-supply-failed'),
  'Device/HardwareFailure/StorageFailure': trouble('storage-failed'),
  'Device/HardwareFailure/TemperatureCritical': trouble('temperature-critical'),
  'Device/Sensor/Temperature/High': limit('temperature'),
  'Device/Sensor/Temperature/Low': limit('temperature'),
  'Device/Sensor/RelativeHumidity/High': limit('relative-humidity'),
  'Device/Sensor/RelativeHumidity/Low': limit('relative-humidity'),
  'Device/Sensor/AbsoluteHumidity/High': limit('absolute-humidity'),
  'Device/Sensor/AbsoluteHumidity/Low': limit('absolute-humidity'),
  'Device/Trigger/DigitalInput': contact('input', at.token),
  'Device/Trigger/Relay': contact('relay', at.relay),
}

/** The rule of a local topic such as "VideoSource/ImageTooDark/ImagingService". */
export function ruleOf(localTopic: string): Rule | undefined {
  let topic = localTopic.replaceAll('tns1:', '')
  for (;;) {
    if (Object.hasOwn(RULES, topic)) return RULES[topic]
    const shorter = topic.lastIndexOf('/')
    if (shorter < 0) return undefined
    topic = topic.slice(0, shorter)
  }
}

/** Whether a local topic is one that is known, to its end: whatever else stands in it may be a value. */
export const isKnown = (localTopic: string): boolean =>
  Object.hasOwn(RULES, localTopic.replaceAll('tns1:', '').replace(/\/(Imaging|Analytics|Recording)Service$/, ''))

function lineCrossed(scene: Scene): number {
  const line = nameAt(p, at.rule)
  const direction = nameAt(p, at.direction)
  return say(scene, 'line-crossed', {
    ...(line && { line }),
    ...(direction && { direction }),
    ...objectOf(),
    ...classOf(),
  })
}

function counter(scene: Scene): number {
  const total = p.number(at.count)
  if (!(Number.isInteger(total) && total >= 0)) return fail('onvif-count', 'the count is no whole number from 0 on', -1)
  const rule = nameAt(p, at.rule)
  const name = propertyPart(rule)
  const { sink, camera, measuredAt } = scene
  const counted = countedSince(sink, camera, name, measuredAt, total)
  if (counted >= 0) read(scene, `counted.${name}`, counted, smallCountMark(counted))
  // Older than what has been counted: it is in that already.
  else if (counted !== NOTHING_BEFORE) return fail('onvif-order', 'a newer count of this rule is known already', -1)
  return say(scene, 'object-count', { count: total, ...(rule && { rule }), ...classOf() })
}

const OCCUPANCIES = propertiesOf('occupancy')

function occupancy(scene: Scene): number {
  const inside = p.number(at.count)
  if (!Number.isInteger(inside)) return fail('onvif-count', 'the count is no whole number', -1)
  const rule = nameAt(p, at.rule)
  // Cameras lose count: fewer than nobody is a sign of that.
  const quality = inside < 0 ? QUALITY_UNCERTAIN : smallCountMark(inside)
  read(scene, wordAt(OCCUPANCIES, p, at.rule), inside, quality)
  return say(scene, 'occupancy', { occupied: inside, ...(rule && { area: rule }) })
}

function objectsInside(scene: Scene): number {
  const inside = p.truth(at.inside)
  if (Number.isNaN(inside)) return fail('onvif-value', 'IsInside is neither true nor false', -1)
  return say(scene, inside === 1 ? 'area-entered' : 'area-left', { ...areaOf(), ...objectOf(), ...classOf() })
}

function loitering(scene: Scene): number {
  const isLoitering = p.truth(at.loitering)
  const phase = Number.isNaN(isLoitering) ? p.truth(at.state) : isLoitering
  return say(scene, 'loitering', { ...areaOf(), ...objectOf(), ...classOf(), ...phaseOf(phase) })
}

function objectDetected(scene: Scene): number {
  return say(scene, 'object-detected', { ...areaOf(), ...objectOf(), ...classOf(), ...confidenceOf() })
}

function plateSeen(scene: Scene): number {
  const { sink, camera, measuredAt } = scene
  const plate = p.text(at.plate)
  if (plate !== '') p.remove('plate')
  const plateToken = plate === '' ? '' : (sink.privacy?.plateToken(camera, measuredAt, plate) ?? '')
  const country = p.text(at.country).toUpperCase()
  const direction = nameAt(p, at.direction)
  const attributes = {
    ...(plateToken && { plateToken }),
    ...(/^[A-Z]{2}$/.test(country) && { country }),
    ...(direction && { direction }),
    objectClass: objectClassOf(p.text(at.vehicle) || 'car'),
    ...confidenceOf(),
  }
  sink.event({ device: camera, kind: 'plate-seen', measuredAt, attributes, dataClass: 'pseudonymous' })
  return 0
}

/** Nothing of it is kept but that there was one. */
function face(): number {
  p.remove('face')
  return 0
}

/** What begins and ends: an event for either, and a reading of 1 and 0. */
function lasting(kind: EventKind, property: string, ...slots: readonly number[]): Rule {
  return (scene) => {
    const slot = slots.find((s) => p.has(s))
    const value = slot === undefined ? Number.NaN : p.truth(slot)
    if (Number.isNaN(value)) return fail('onvif-value', 'the state is neither true nor false', -1)
    const rule = nameAt(p, at.rule)
    read(scene, rule === '' ? property : `${property}.${propertyPart(rule)}`, value, 0)
    return say(scene, kind, { ...phaseOf(value), ...areaOf() })
  }
}

/** A fault of the camera that comes and goes. */
function trouble(fault: string): Rule {
  return (scene) => {
    const value = p.truth(p.has(at.failed) ? at.failed : p.has(at.state) ? at.state : at.value)
    if (Number.isNaN(value)) return fail('onvif-value', 'the state is neither true nor false', -1)
    read(scene, fault, value, 0)
    const attributes = { fault, ...phaseOf(value) }
    const { sink, camera, measuredAt } = scene
    const severity = value === 1 ? 'warning' : 'info'
    sink.event({ device: camera, kind: 'device-health', measuredAt, severity, attributes })
    return 0
  }
}

/** A sensor in the camera that has passed a threshold. Units are those of the camera. */
function limit(property: string): Rule {
  return (scene) => {
    const value = p.number(at.value)
    if (!Number.isFinite(value)) return fail('onvif-value', 'the value is no number', -1)
    const sensor = nameAt(p, at.sensor)
    read(scene, sensor === '' ? property : `${property}.${propertyPart(sensor)}`, value, 0)
    const threshold = p.number(at.threshold)
    return say(scene, 'limit-exceeded', { value, ...(Number.isFinite(threshold) && { limit: threshold }) })
  }
}

function contact(property: string, token: number): Rule {
  return (scene) => {
    const value = p.truth(p.has(at.logical) ? at.logical : at.state)
    const active = p.text(at.logical)
    const known = active === 'active' ? 1 : active === 'inactive' ? 0 : value
    if (Number.isNaN(known)) return fail('onvif-value', 'the state is none of true, false, active and inactive', -1)
    read(scene, `${property}.${propertyPart(p.text(token))}`, known, 0)
    return 0
  }
}

function read({ sink, camera, measuredAt }: Scene, property: string, value: number, quality: number): void {
  const series = sink.seriesByName(camera, property)
  if (series >= 0) sink.add(series, measuredAt, value, quality)
}

function say({ sink, camera, measuredAt }: Scene, kind: EventKind, attributes: EventAttributes): number {
  sink.event({ device: camera, kind, measuredAt, attributes })
  return 0
}

function areaOf(): { area?: string } {
  const area = nameAt(p, at.rule)
  return area === '' ? {} : { area }
}

/** The camera's number for what it follows: short, or it would be more than a number. */
function objectOf(): { objectId?: string } {
  const objectId = p.text(p.has(at.objectId) ? at.objectId : at.keyId)
  return /^\d{1,10}$/.test(objectId) ? { objectId } : {}
}

function classOf(): { objectClass?: string } {
  const [first = ''] = p.text(p.has(at.classes) ? at.classes : at.class).split(' ')
  const objectClass = objectClassOf(first)
  return objectClass === '' ? {} : { objectClass }
}

const phaseOf = (value: number): { phase?: string } =>
  Number.isNaN(value) ? {} : { phase: value === 1 ? 'start' : 'end' }

function confidenceOf(): { confidence?: number } {
  const likelihood = p.number(at.likelihood)
  return likelihood >= 0 && likelihood <= 1 ? { confidence: Math.round(likelihood * 1000) / 1000 } : {}
}
