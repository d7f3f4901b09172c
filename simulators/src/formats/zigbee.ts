import { type Encode, encodeFlat } from './encode.ts'

export const zigbeeTopic = (device: string): string => `zigbee2mqtt/${device}`

/** All properties of a device as Zigbee2MQTT publishes them, with `last_seen: ISO_8601`. */
export const encodeZigbee: Encode = (rows, measuredAt, values) => {
  const flat = encodeFlat(rows, measuredAt, values)
  if (flat === undefined) return undefined
  const { ts, ...told } = JSON.parse(flat as string) as Record<string, number>
  return JSON.stringify({ ...told, last_seen: new Date(ts!).toISOString() })
}
