import type { DistrictModel } from '@quartier/contracts/schemas'
import { createDeviceModel } from '../devices/device-model.ts'
import { encodeFlat, encodeSenmlCbor, encodeSenmlJson, encodeSingle, encodeTable } from '../formats/encode.ts'
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
): (message: number, at: number) => Payload | undefined {
  const devices = createDeviceModel(model, seed)
  const scratch = new Float64Array(Math.max(...messages.map((m) => m.series.length)))
  return (number, at) => {
    const message = messages[number]!
    const livedAt = lifeAt(at)
    if (devices.silent(message.gateway, livedAt)) return undefined
    let readings = 0
    for (const [row, series] of message.series.entries()) {
      const value = devices.read(series, livedAt)
      scratch[row] = value
      if (!Number.isNaN(value)) readings++
    }
    const bytes = message.table
      ? encodeTable(message.table, at, scratch)
      : ENCODE[message.format as keyof typeof ENCODE](message, at, scratch)
    return bytes === undefined ? undefined : { mqttTopic: message.mqttTopic, bytes, readings }
  }
}

const ENCODE = {
  'json-single': encodeSingle,
  'json-flat': encodeFlat,
  'senml-json': encodeSenmlJson,
  'senml-cbor': encodeSenmlCbor,
}
