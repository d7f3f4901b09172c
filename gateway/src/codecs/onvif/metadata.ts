import { smallCountMark } from '@quartier/contracts/privacy'
import { objectClassOf, propertyPart } from '../camera.ts'
import type { ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { type Node, readTree } from '../json/tree.ts'
import { timeOfText } from '../time.ts'

const MAX_FRAMES = 100
const MAX_CLASSES = 32
const SENSORS: Readonly<Record<string, string>> = {
  Temperature: 'temperature',
  RelativeHumidity: 'relative-humidity',
  AbsoluteHumidity: 'absolute-humidity',
}
/** What a frame says of an object beyond that it is there. */
const LEFT_OUT = [
  ['HumanFace', 'face'],
  ['HumanBody', 'appearance'],
  ['Color', 'appearance'],
  ['VehicleInfo', 'appearance'],
  ['LicensePlateInfo', 'plate'],
  ['Shape', 'position'],
  ['GeoLocation', 'position'],
  ['Image', 'image'],
  ['ImageRef', 'uri'],
] as const

/**
 * A message of the metadata stream (`onvif-mj`): values of sensors, or frames, of which only is kept how many objects of each
 * class the camera sees. Returns 0, or -1 with the fault noted.
 */
export function decodeMetadata(
  b: Uint8Array,
  from: number,
  to: number,
  camera: string,
  kind: string,
  sink: ReadingSink,
): number {
  const root = readTree(b, from, to)
  if (root === undefined) return -1
  const data = member(root, 'SensorData')
  if (data instanceof Map) return sensor(data, camera, kind, sink)
  const frames = listOf(member(root, 'Frame'))
  if (frames.length === 0 || frames.length > MAX_FRAMES)
    return fail('onvif-metadata', 'the message holds neither frames nor the data of a sensor', -1)
  for (const frame of frames) count(frame, camera, sink)
  return 0
}

function sensor(data: Map<string, Node>, camera: string, kind: string, sink: ReadingSink): number {
  const property = SENSORS[kind]
  const value = Number(data.get('Value') ?? Number.NaN)
  if (property === undefined || !Number.isFinite(value))
    return fail('onvif-value', 'the sensor has no value that is known', -1)
  const id = data.get('@SensorID')
  const name = typeof id === 'string' ? `${property}.${propertyPart(id)}` : property
  const series = sink.seriesByName(camera, name)
  if (series >= 0) sink.add(series, utcOf(data.get('@UtcTime')), value + 0, 0)
  return 0
}

/** How many objects of each class there are in a frame; those that have no class count as such. */
function count(frame: Node, camera: string, sink: ReadingSink): void {
  const measuredAt = utcOf(member(frame, '@UtcTime'))
  const counts = new Map<string, number>()
  const objects = listOf(member(frame, 'Object'))
  for (const object of objects) {
    const name = classOf(object)
    if (name !== '' && (counts.has(name) || counts.size < MAX_CLASSES)) counts.set(name, (counts.get(name) ?? 0) + 1)
    leaveOut(object, camera, sink)
  }
  counts.set('all', objects.length)
  for (const [name, n] of counts) {
    const series = sink.seriesByName(camera, `count.${propertyPart(name)}`)
    if (series >= 0) sink.add(series, measuredAt, n, smallCountMark(n))
  }
}

function leaveOut(object: Node, camera: string, sink: ReadingSink): void {
  const appearance = member(object, 'Appearance')
  for (const [key, kind] of LEFT_OUT) if (member(appearance, key) !== undefined) sink.privacy?.removed(camera, kind, 1)
}

function classOf(object: Node): string {
  const [type] = listOf(member(member(member(object, 'Appearance'), 'Class'), 'Type'))
  const text = type instanceof Map ? type.get('#text') : type
  return typeof text === 'string' ? objectClassOf(text) : ''
}

/** UTC as the name says, also where no zone is written. */
function utcOf(node: Node | undefined): number {
  if (typeof node !== 'string') return Number.NaN
  const at = timeOfText(node)
  return Number.isNaN(at) ? timeOfText(`${node}Z`) : at
}

const member = (node: Node | undefined, key: string): Node | undefined =>
  node instanceof Map ? node.get(key) : undefined

/** An array, or one thing that stands in its place. */
const listOf = (node: Node | undefined): readonly Node[] =>
  Array.isArray(node) ? node : node === undefined || node === null ? [] : [node]
