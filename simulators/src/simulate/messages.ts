import { type PackTable, packTable } from '@quartier/contracts/pack'
import type { DistrictModel } from '@quartier/contracts/schemas'
import { CATALOGUE, ROOM } from '../devices/catalogue.ts'
import type { Format } from '../devices/kinds.ts'
import { frigateTopic, onvifTopic } from '../formats/cameras.ts'
import type { Rows } from '../formats/encode.ts'
import { chirpstackTopic, ttnTopic } from '../formats/lorawan.ts'
import { isOfOneDevice, isSingle, SPARKPLUG_GROUP } from '../formats/names.ts'
import { zigbeeTopic } from '../formats/zigbee.ts'

/** One message that a gateway sends again and again. */
export interface Message extends Rows {
  readonly gateway: string
  /** The asset of its first row; of all, where a format says one device in a message. */
  readonly asset: string
  readonly connection: number
  readonly format: Format
  readonly mqttTopic: string
  /** Numbers of its series in the model, row by row. */
  readonly series: readonly number[]
  readonly intervalMs: number
  /** Names of the rows for the binary pack, encoded once. */
  readonly table: PackTable | undefined
}

export interface MessagePlan {
  readonly messages: readonly Message[]
  /** MQTT client ids; a message's `connection` is a place in here. */
  readonly clientIds: readonly string[]
}

/** Readings in one message at most, by format. */
const ROWS: Readonly<Record<Format, number>> = {
  pack: 60,
  'senml-cbor': 40,
  'senml-json': 18,
  'json-flat': 40,
  'json-single': 1,
  chirpstack: 40,
  ttn: 40,
  sparkplug: 40,
  zigbee: 40,
  frigate: 1,
  onvif: 1,
}
/** What a device speaks whose format has names of its own, in a district that is not the demonstration. */
const PLAIN: Readonly<Partial<Record<Format, Format>>> = {
  chirpstack: 'json-flat',
  ttn: 'json-flat',
  sparkplug: 'json-flat',
  zigbee: 'json-flat',
  frigate: 'json-single',
}

/** What a load test sets in place of the district's own ways. */
export interface LoadShape {
  /** Readings in one message at most, of the formats that carry many devices. */
  readonly readingsPerMessage?: number
  /** One format for all devices. */
  readonly format?: Format
}

/**
 * Which messages the district's gateways send, and over which of `connections` MQTT connections: by default one for
 * each gateway; with fewer some gateways share one, with more a gateway's devices are shared out. A device always
 * speaks over one connection, so that its readings stay in order.
 */
export function planMessages(model: DistrictModel, connections?: number, load: LoadShape = {}): MessagePlan {
  const source = sourceOf(model)
  const gateways = model.assets.filter((a) => a.kind === 'gateway').map((a) => a.id)
  const count = Math.max(1, connections ?? gateways.length)
  const clientIds = Array.from({ length: count }, (_, c) => {
    const round = Math.floor(c / gateways.length)
    return `${source}-${gateways[c % gateways.length]}${round === 0 ? '' : `-${round + 1}`}`
  })
  const groups = new Map<string, { readonly head: Head; readonly series: number[] }>()
  const assignment = assignConnections(model, gateways, count)
  for (const [i, s] of model.series.entries()) {
    const speaker = assignment.get(s.assetId ?? '')!
    const { gateway, connection } = speaker
    const own = speaker.format
    const format = load.format ?? (s.source === own ? own : (PLAIN[own] ?? own))
    const alone = isSingle(format) ? s.key : isOfOneDevice(format) ? s.assetId : ''
    const name = `${connection} ${gateway} ${format} ${s.intervalMs} ${alone}`
    const group = groups.get(name)
    if (group) group.series.push(i)
    else groups.set(name, { head: { gateway, connection, format, intervalMs: s.intervalMs }, series: [i] })
  }
  const messages = [...groups.values()].flatMap(({ head, series }) => {
    const most = ROWS[head.format]
    const parts = Math.ceil(series.length / Math.min(most, most > 1 ? (load.readingsPerMessage ?? most) : 1))
    const size = Math.ceil(series.length / parts)
    return Array.from({ length: parts }, (_, k) => series.slice(k * size, (k + 1) * size))
      .filter((part) => part.length > 0)
      .map((part) => messageOf(model, part, head))
  })
  return { messages, clientIds }
}

/** The district's own source: that of its gateways. */
export function sourceOf(model: DistrictModel): string {
  const gateways = new Set(model.assets.filter((a) => a.kind === 'gateway').map((a) => a.id))
  return (model.series.find((s) => gateways.has(s.assetId ?? '')) ?? model.series[0])?.source ?? ''
}

type Head = Pick<Message, 'gateway' | 'connection' | 'format' | 'intervalMs'>

function messageOf(model: DistrictModel, series: readonly number[], head: Head): Message {
  const definitions = series.map((i) => model.series[i]!)
  const devices = definitions.map((s) => s.key.slice(s.source.length + 1, -s.property.length - 1))
  const properties = definitions.map((s) => s.property)
  const table =
    head.format === 'pack' ? packTable(devices.map((device, k) => ({ device, property: properties[k]! }))) : undefined
  const asset = definitions[0]!.assetId!
  const mqttTopic = topicOf(definitions[0]!.source, head, devices[0]!, properties[0]!, asset)
  return { ...head, asset, mqttTopic, series, devices, properties, units: definitions.map((s) => s.unit), table }
}

function topicOf(source: string, { format, gateway }: Head, device: string, property: string, asset: string): string {
  switch (format) {
    case 'chirpstack':
      return chirpstackTopic(device)
    case 'ttn':
      return ttnTopic(device)
    case 'sparkplug':
      return `spBv1.0/${SPARKPLUG_GROUP}/DDATA/${gateway}/${asset}`
    case 'zigbee':
      return zigbeeTopic(device)
    case 'frigate':
      return frigateTopic(device, property)
    case 'onvif':
      return onvifTopic(source, device, property)
    case 'pack':
      return `pack/${source}/${gateway}`
    case 'senml-cbor':
    case 'senml-json':
      return `senml/${source}/${gateway}`
    case 'json-flat':
      return `t/${source}/d/${device}`
    case 'json-single':
      return `t/${source}/d/${device}/${property}`
  }
}

const FORMATS = new Map<string, Format>([...CATALOGUE, ROOM].map((k) => [k.kind, k.format]))

function assignConnections(model: DistrictModel, gateways: readonly string[], connections: number) {
  const place = new Map(gateways.map((id, g) => [id, g]))
  const turns = new Map<string, number>()
  return new Map(
    model.assets
      .filter((a) => a.kind === 'gateway' || FORMATS.has(a.kind))
      .map((a) => {
        const gateway = a.kind === 'gateway' ? a.id : a.parentId!
        const g = place.get(gateway)! % connections
        const turn = turns.get(gateway) ?? 0
        turns.set(gateway, turn + 1)
        // An edge node of Sparkplug is one connection.
        const isWhole = FORMATS.get(a.kind) === 'sparkplug'
        const shares = isWhole ? 1 : Math.floor((connections - 1 - g) / gateways.length) + 1
        const connection = g + gateways.length * (turn % shares)
        return [a.id, { gateway, connection, format: FORMATS.get(a.kind) ?? 'json-flat' }] as const
      }),
  )
}
