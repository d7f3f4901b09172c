import type { Format } from '../devices/kinds.ts'
import { hashOf, mix } from '../random.ts'

/** Group of the district's Sparkplug edge nodes. */
export const SPARKPLUG_GROUP = 'naseem'

/** How a format names a device in its series keys: some formats say nothing of our source, and have names of their own. */
export interface DeviceName {
  readonly source: string
  readonly device: string
}

/** The name of the device `asset` behind `gateway` under which the platform knows it. */
export function deviceNameOf(format: Format, source: string, asset: string, gateway: string): DeviceName {
  switch (format) {
    case 'chirpstack':
      return { source: 'chirpstack', device: devEui(asset) }
    case 'ttn':
      return { source: 'ttn', device: asset }
    case 'sparkplug':
      return { source: 'sparkplug', device: `${SPARKPLUG_GROUP}/${gateway}/${asset}` }
    case 'frigate':
    case 'zigbee':
      return { source: format, device: asset }
    default:
      return { source, device: asset }
  }
}

/** 64 bits as a LoRaWAN device has them, from its name; 70b3d5 is a prefix that many makers share. */
const devEui = (asset: string): string => {
  const hex = (n: number) => n.toString(16).padStart(8, '0')
  return `70b3d5${hex(hashOf(asset))}${hex(mix(hashOf(asset), 7)).slice(0, 2)}`
}

/** Formats that carry one property in a message, named by its MQTT topic. */
export const isSingle = (format: Format): boolean =>
  format === 'json-single' || format === 'frigate' || format === 'onvif'

/** Formats in which a message is one device's. */
export const isOfOneDevice = (format: Format): boolean =>
  ['json-flat', 'chirpstack', 'ttn', 'sparkplug', 'zigbee'].includes(format)
