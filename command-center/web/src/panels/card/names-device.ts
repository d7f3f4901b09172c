import type { RejectedLetter } from '@quartier/contracts/api'

/** Whether a dead letter came from the device that a series belongs to, or speaks of it. @param seriesKey source/device/property */
export function namesDevice(
  { source, mqttTopic, payload }: Pick<RejectedLetter, 'source' | 'mqttTopic' | 'payload'>,
  seriesKey: string,
): boolean {
  const parts = seriesKey.split('/')
  const device = parts.slice(1, -1).join('/')
  if (source !== parts[0] || device === '') return false
  if (`/${mqttTopic}/`.includes(`/${device}/`)) return true
  return payload !== undefined && names(atob(payload), device)
}

/** Stands in the text by itself: `lamp-1` is not in `lamp-12`. */
function names(text: string, device: string): boolean {
  for (let at = text.indexOf(device); at >= 0; at = text.indexOf(device, at + 1)) {
    const around = (text[at - 1] ?? '') + (text[at + device.length] ?? '')
    if (!/[\w-]/.test(around)) return true
  }
  return false
}
