import { QuartierError } from '../errors.ts'
import { linesOf, parseCsvLine, separatorOf } from '../records/csv.ts'
import type { Principal } from '../records/port.ts'
import { mistakeInFilters } from './topic-filter.ts'

/** How a device proves who it is. */
export const CREDENTIAL_KINDS = ['password', 'token', 'certificate'] as const
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** What a sender of each format publishes and reads, beside or in place of our own topics. */
export const FORMATS = {
  quartier: { publish: ['t/%s/#', 'senml/%s/#', 'pack/%s/#'], subscribe: ['t/%s/d/+/cmd/#'] },
  sparkplug: { publish: ['spBv1.0/#'], subscribe: ['spBv1.0/#'] },
  chirpstack: { publish: ['application/#'], subscribe: ['application/+/device/+/command/#'] },
  ttn: { publish: ['v3/#'], subscribe: ['v3/+/devices/+/down/#'] },
  zigbee2mqtt: { publish: ['zigbee2mqtt/#'], subscribe: ['zigbee2mqtt/#'] },
  frigate: { publish: ['frigate/#'], subscribe: ['frigate/#'] },
  onvif: { publish: ['onvif/%s/#', '+/onvif-ej/#', '+/onvif-mj/#'], subscribe: [] },
} as const
export type Format = keyof typeof FORMATS
export const FORMAT_NAMES = Object.keys(FORMATS) as Format[]

/** Somebody who is to be let in; what is absent has a default that fits the kind. */
export interface DeviceRequest {
  readonly name: string
  readonly credential: CredentialKind
  readonly kind: Principal['kind']
  /** What it speaks; decides which topics it may use unless these are given. */
  readonly format?: Format
  readonly source?: string
  readonly devices?: readonly string[]
  readonly publish?: readonly string[]
  readonly subscribe?: readonly string[]
  readonly personal?: boolean
  readonly historical?: boolean
}

/**
 * What it may do: publish below its own source, and, for a device, in its own name alone; read the commands for those
 * it speaks for.
 */
export function principalFrom(request: DeviceRequest): Principal {
  const { name, kind, source = name, format = 'quartier' } = request
  const topics = FORMATS[format]
  return {
    name,
    source,
    kind,
    publish: request.publish ?? topics.publish,
    subscribe: request.subscribe ?? topics.subscribe,
    devices: request.devices ?? (kind === 'device' ? [name] : ['*']),
    personal: request.personal ?? false,
    historical: request.historical ?? false,
    enabled: true,
  }
}

export const DEVICE_COLUMNS = [
  'name',
  'credential',
  'kind',
  'format',
  'source',
  'devices',
  'publish',
  'subscribe',
  'personal',
  'historical',
] as const
type Column = (typeof DEVICE_COLUMNS)[number]

/**
 * Reads requests from CSV: a header line, then one device a line; lists stand in one field, with spaces between.
 * @throws QuartierError DEVICES_INVALID naming every line that is wrong: nobody is let in by half a list
 */
export async function readDeviceRequests(
  pieces: AsyncIterable<string | Uint8Array>,
  fallback: Pick<DeviceRequest, 'credential' | 'kind'>,
): Promise<DeviceRequest[]> {
  const requests: DeviceRequest[] = []
  const mistakes: string[] = []
  const seen = new Set<string>()
  let columns: readonly Column[] | undefined
  let separator: ReturnType<typeof separatorOf> = ','
  let n = 0
  for await (const line of linesOf(pieces)) {
    n++
    if (line.trim() === '') continue
    if (!columns) separator = separatorOf(line)
    const fields = parseCsvLine(n === 1 ? line.replace(/^\ufeff/, '') : line, separator)
    if (!Array.isArray(fields)) mistakes.push(`line ${n}: ${fields.reason}`)
    else if (!columns) columns = columnsOf(fields)
    else {
      const read = requestOf(columns, fields, fallback)
      if (typeof read === 'string') mistakes.push(`line ${n}: ${read}`)
      else if (seen.has(read.name)) mistakes.push(`line ${n}: ${read.name} stands in an earlier line too`)
      else {
        seen.add(read.name)
        requests.push(read)
      }
    }
  }
  if (mistakes.length === 0) return requests
  const more = mistakes.length > 20 ? `\n  and ${mistakes.length - 20} more` : ''
  throw new QuartierError('DEVICES_INVALID', `Nobody was let in:\n  ${mistakes.slice(0, 20).join('\n  ')}${more}`)
}

function columnsOf(fields: readonly string[]): readonly Column[] {
  const names = fields.map((f) => f.trim().toLowerCase())
  const unknown = names.filter((name) => !DEVICE_COLUMNS.includes(name as Column))
  if (unknown.length > 0)
    throw new QuartierError(
      'DEVICES_INVALID',
      `The first line has unknown columns: ${unknown.join(', ')}. There are ${DEVICE_COLUMNS.join(', ')}.`,
    )
  if (!names.includes('name')) throw new QuartierError('DEVICES_INVALID', 'The first line has no column name.')
  return names as Column[]
}

const KINDS = ['device', 'gateway', 'service'] as const

function requestOf(
  columns: readonly Column[],
  fields: readonly string[],
  fallback: Pick<DeviceRequest, 'credential' | 'kind'>,
): DeviceRequest | string {
  if (fields.length > columns.length) return `${fields.length} fields for ${columns.length} columns`
  const given = (column: Column): string | undefined => {
    const at = columns.indexOf(column)
    const text = at < 0 ? '' : (fields[at] ?? '').trim()
    return text === '' ? undefined : text
  }
  const list = (column: Column) => given(column)?.split(/\s+/)
  const name = given('name')
  const credential = given('credential') ?? fallback.credential
  const kind = given('kind') ?? fallback.kind
  if (name === undefined) return 'has no name'
  const wrong = mistakeInName(name)
  if (wrong) return wrong
  if (!CREDENTIAL_KINDS.includes(credential as CredentialKind))
    return `credential is ${credential}; there are ${CREDENTIAL_KINDS.join(', ')}`
  if (!KINDS.includes(kind as Principal['kind'])) return `kind is ${kind}; there are ${KINDS.join(', ')}`
  const format = given('format')
  if (format !== undefined && !FORMAT_NAMES.includes(format as Format))
    return `format is ${format}; there are ${FORMAT_NAMES.join(', ')}`
  const flags = { personal: flag(given('personal')), historical: flag(given('historical')) }
  if (flags.personal === undefined || flags.historical === undefined) return 'personal and historical are true or false'
  const rights = { publish: list('publish'), subscribe: list('subscribe') }
  const unusable = mistakeInFilters(rights)
  if (unusable) return unusable
  return {
    name,
    credential: credential as CredentialKind,
    kind: kind as Principal['kind'],
    format: format as Format | undefined,
    source: given('source'),
    devices: list('devices'),
    ...rights,
    personal: flags.personal,
    historical: flags.historical,
  }
}

/** Names stand in topics, in file names and in certificates. */
export const mistakeInName = (name: string): string | undefined =>
  /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u.test(name)
    ? undefined
    : `${JSON.stringify(name)} is no name: letters, digits and . _ : -, at most 64, the first a letter or digit`

function flag(text: string | undefined): boolean | undefined {
  if (text === undefined || /^(false|no|0)$/i.test(text)) return false
  return /^(true|yes|1)$/i.test(text) ? true : undefined
}
