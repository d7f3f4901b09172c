import type { DistrictModel } from '@quartier/contracts/schemas'
import { createDeviceModel, type DeviceModel } from '../devices/device-model.ts'
import type { Format } from '../devices/kinds.ts'
import { encodeFrigateCount, encodeOnvifOccupancy } from '../formats/cameras.ts'
import {
  type Encode,
  encodeFlat,
  encodeSenmlCbor,
  encodeSenmlJson,
  encodeSingle,
  encodeTable,
} from '../formats/encode.ts'
import { encodeChirpstack, encodeTtn } from '../formats/lorawan.ts'
import { encodeZigbee } from '../formats/zigbee.ts'
import { USUAL, type WorldSettings } from '../world/settings.ts'
import type { Message } from './messages.ts'
import { createSparkplugEdge, type SparkplugEdge } from './sparkplug-edge.ts'

export interface Payload {
  readonly mqttTopic: string
  readonly bytes: string | Uint8Array
  readonly readings: number
  /** 1 when absent. */
  readonly qos?: 0
}

/** What the gateways of a district say, and when they come and go. */
export interface Speaker {
  readonly devices: DeviceModel
  /** What the devices of a message say, NaN for those that are silent; `undefined` while its gateway is off the network. */
  values(message: number, at: number): ArrayLike<number> | undefined
  /** Reads the devices of a message and encodes what they say; nothing while its gateway is off the network. */
  encode(message: number, at: number): Payload | undefined
  /** The Sparkplug edge nodes behind a connection. */
  edgesOf(connection: number): readonly SparkplugEdge[]
  /** What they say when the connection stands, or when they are asked to say everything anew. */
  births(connection: number, now: number): Payload[]
}

/**
 * @param lifeAt  the time on which the devices live, of an instant of the platform's clock
 */
export function createSpeaker(
  model: DistrictModel,
  messages: readonly Message[],
  seed: number,
  lifeAt: (at: number) => number,
  settings: WorldSettings = USUAL,
): Speaker {
  const devices = createDeviceModel(model, seed, settings)
  const scratch = new Float64Array(messages.reduce((most, m) => Math.max(most, m.series.length), 0))
  const edges = edgesByGateway(messages)
  const behind = new Map<number, SparkplugEdge[]>()
  for (const { edge, connection } of edges.values()) behind.set(connection, [...(behind.get(connection) ?? []), edge])
  const read = (message: Message, at: number) => {
    devices.readAll(message.series, lifeAt(at), scratch)
    return scratch
  }
  return {
    devices,
    values: (number, at) => {
      const message = messages[number]!
      return devices.silent(message.gateway, lifeAt(at)) ? undefined : read(message, at)
    },
    encode: (number, at) => {
      const message = messages[number]!
      const livedAt = lifeAt(at)
      if (devices.silent(message.gateway, livedAt)) return undefined
      const readings = devices.readAll(message.series, livedAt, scratch)
      if (message.format !== 'sparkplug') return encodeMessage(message, at, scratch, readings)
      const edge = edges.get(message.gateway)!.edge
      const bytes = edge.isBorn ? edge.data(message, at, scratch) : undefined
      return bytes && { mqttTopic: message.mqttTopic, bytes, readings, qos: 0 }
    },
    edgesOf: (connection) => behind.get(connection) ?? [],
    births: (connection, now) =>
      (behind.get(connection) ?? []).flatMap((edge) =>
        edge.born(now, read).map((c) => ({ ...c, readings: 0, qos: 0 as const })),
      ),
  }
}

/** The payload of a message whose rows have these values, of which so many are not NaN. */
export function encodeMessage(
  message: Message,
  measuredAt: number,
  values: Float64Array,
  readings: number,
): Payload | undefined {
  const bytes = message.table
    ? encodeTable(message.table, measuredAt, values)
    : ENCODE[message.format as keyof typeof ENCODE](message, measuredAt, values)
  return bytes === undefined ? undefined : { mqttTopic: message.mqttTopic, bytes, readings }
}

const ENCODE: Readonly<Record<Exclude<Format, 'pack' | 'sparkplug'>, Encode>> = {
  'json-single': encodeSingle,
  'json-flat': encodeFlat,
  'senml-json': encodeSenmlJson,
  'senml-cbor': encodeSenmlCbor,
  chirpstack: encodeChirpstack,
  ttn: encodeTtn,
  zigbee: encodeZigbee,
  frigate: encodeFrigateCount,
  onvif: encodeOnvifOccupancy,
}

function edgesByGateway(messages: readonly Message[]) {
  const byGateway = new Map<string, Message[]>()
  for (const m of messages)
    if (m.format === 'sparkplug') byGateway.set(m.gateway, [...(byGateway.get(m.gateway) ?? []), m])
  return new Map(
    [...byGateway].map(([gateway, own]) => [
      gateway,
      { edge: createSparkplugEdge(gateway, own), connection: own[0]!.connection },
    ]),
  )
}
