import { type AttributeValue, type DataClass, MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTES } from '@quartier/contracts'
import type { RemovalKind } from '@quartier/contracts/privacy'
import type { ReadingSink } from '../codec.ts'

/** Names, in small letters without marks, under which things about people come. */
const PERSONAL = new Map<string, RemovalKind>([
  ...kind('face', 'face', 'faceid', 'gender', 'sex', 'emotion', 'embedding', 'feature', 'features'),
  ...kind('image', 'image', 'picture', 'photo', 'snapshot', 'thumbnail', 'jpeg', 'jpg', 'png', 'base64', 'frame'),
  ...kind('uri', 'uri', 'url', 'href', 'link', 'clip', 'video', 'recording', 'imageuri', 'imageurl', 'snapshoturl'),
  ...kind(
    'plate',
    'plate',
    'platetoken',
    'licenseplate',
    'licenceplate',
    'platenumber',
    'numberplate',
    'registration',
    'anpr',
    'lpr',
  ),
  ...kind('person', 'name', 'person', 'personname', 'personid', 'holder', 'cardholder', 'user', 'username', 'userid'),
  ...kind(
    'person',
    'employee',
    'visitor',
    'badge',
    'card',
    'cardnumber',
    'cardid',
    'credential',
    'pin',
    'email',
    'phone',
    'sublabel',
  ),
  ...kind('appearance', 'age', 'clothing', 'colour', 'color', 'hair', 'make', 'brand', 'ethnicity', 'height'),
  ...kind('position', 'box', 'bbox', 'boundingbox', 'path', 'trajectory', 'polygon'),
  ...kind('text', 'description', 'comment', 'note', 'notes', 'message', 'transcript', 'transcription', 'text'),
  ...kind('mac', 'mac', 'macaddress', 'bssid', 'imei', 'imsi', 'deviceaddress', 'bluetooth'),
])

/**
 * What may be kept of the attributes that a device gives: what says who somebody is goes through the privacy door. The
 * guard behind it looks at what the texts say. `undefined` when one has no value that an attribute may have.
 */
export function cleanAttributes(
  said: Readonly<Record<string, unknown>> | undefined,
  device: string,
  measuredAt: number,
  sink: ReadingSink,
): Record<string, AttributeValue> | undefined {
  if (said === undefined) return {}
  if (isCleanAsSaid(said)) return said
  const clean: Record<string, AttributeValue> = {}
  let count = 0
  for (const name in said) {
    const value = said[name]
    if (value === null || value === undefined) continue
    if (++count > MAX_ATTRIBUTES || name.length > MAX_ATTRIBUTE_NAME || name === '__proto__') return undefined
    const personal = PERSONAL.get(plainName(name))
    if (personal !== undefined) {
      if (personal === 'plate' && typeof value === 'string' && value !== '')
        keepToken(value, clean, device, measuredAt, sink)
      else sink.privacy?.removed(device, personal, 1)
      continue
    }
    const type = typeof value
    if (type === 'number' || type === 'boolean') clean[name] = value as number | boolean
    else if (type !== 'string') return undefined
    else clean[name] = value as string
  }
  return clean
}

/** Whoever holds a token cannot say that it concerns nobody. */
export const dataClassOf = (
  said: DataClass | undefined,
  attributes: Readonly<Record<string, AttributeValue>>,
): DataClass | undefined =>
  attributes.plateToken !== undefined && (said === undefined || said === 'none') ? 'pseudonymous' : said

/** Whether there is nothing to leave out and nothing wrong: so are almost all. */
function isCleanAsSaid(said: Readonly<Record<string, unknown>>): said is Record<string, AttributeValue> {
  let count = 0
  for (const name in said) {
    const type = typeof said[name]
    if (type !== 'string' && type !== 'number' && type !== 'boolean') return false
    if (++count > MAX_ATTRIBUTES || name.length > MAX_ATTRIBUTE_NAME || name === '__proto__') return false
    if (PERSONAL.has(plainName(name))) return false
  }
  return true
}

function keepToken(
  plate: string,
  clean: Record<string, AttributeValue>,
  device: string,
  measuredAt: number,
  sink: ReadingSink,
): void {
  const token = sink.privacy?.plateToken(device, measuredAt, plate)
  if (token) clean.plateToken = token
}

const plainNames = new Map<string, string>()

/** A name in small letters without marks; worked out once for those that come again. */
function plainName(name: string): string {
  let plain = plainNames.get(name)
  if (plain === undefined) {
    if (plainNames.size >= 1000) plainNames.clear()
    plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
    plainNames.set(name, plain)
  }
  return plain
}

function kind(removal: RemovalKind, ...names: readonly string[]): [string, RemovalKind][] {
  return names.map((name) => [name, removal])
}
