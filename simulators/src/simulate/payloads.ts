import type { DistrictModel } from '@quartier/contracts/schemas'
import { createDeviceModel } from '../devices/device-model.ts'
import { encodeFlat, encodeSenmlCbor, encodeSenmlJson, encodeSingle, encodeTable } from '../formats/encode.ts'
import { USUAL, type WorldSettings } from '../world/settings.ts'
import type { Message } from './messages.ts'

export interface Payload {
  readonly mqttTopic: string
  readonly bytes: string | Uint8Array
  readonly readings: number
}

/** Reads the devices of a message and encodes what they say; nothing while its gateway is off the network. */
export function createMessageEncoder(
  model: DistrictModel,
  messages: readonly Message[],
  seed: number,
  lifeAt: (at: number) => number,
  settings: WorldSettings = USUAL,
): (message: number, at: number) => Payload | undefined {
  const devices = createDeviceModel(model, seed, settings)
  const scratch = new Float64Array(messages.reduce((most, m) => Math.max(most, m.series.length), 0))
  return (number, at) => {
    const message = messages[number]!
    const livedAt = lifeAt(at)
    if (devices.silent(message.gateway, livedAt)) return undefined
    const readings = devices.readAll(message.series, livedAt, scratch)
    return encodeMessage(message, at, scratch, readings)
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

const ENCODE = {
  'json-single': encodeSingle,
  'json-flat': encodeFlat,
  'senml-json': encodeSenmlJson,
  'senml-cbor': encodeSenmlCbor,
}
