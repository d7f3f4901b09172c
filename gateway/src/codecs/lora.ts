import { bytesOf, utf8 } from './bytes.ts'
import type { MessageContext, ReadingSink } from './codec.ts'
import { fail } from './fault.ts'
import { Members, NULL, NUMBER, scanItems, scanMembers, TEXT } from './json/members.ts'
import { find, keyText, REPEATED, stateText } from './json/rows.ts'
import { timeOfBytes } from './time.ts'

/** What the network servers of LoRaWAN have in common: an envelope in JSON around what a device has sent. */

/** The row of a key that matters; -1 when it is absent, -2 with the fault noted when it stands twice. */
export function only(b: Uint8Array, m: Members, key: Uint8Array): number {
  const row = find(b, m, key)
  if (row === REPEATED) fail('json-duplicate', `the key "${keyText(key)}" stands twice`, -1)
  return row
}

/** The time in `row`: epoch ms, NaN for none, -1 with the fault noted when it cannot be read. */
export function envelopeTime(b: Uint8Array, m: Members, row: number): number {
  if (row < 0 || m.kind[row] === NULL) return Number.NaN
  const ms = m.kind[row] === TEXT ? timeOfBytes(b, m.valueFrom[row] as number, m.valueTo[row] as number) : Number.NaN
  if (ms >= 0) return ms
  return fail('json-time', 'the time is not ISO 8601 with a zone', m.valueFrom[row] as number)
}

const RSSI = bytesOf('rssi')
const SNR = bytesOf('snr')
const RSSI_NAME = bytesOf('lora.rssi')
const SNR_NAME = bytesOf('lora.snr')
const receptions = new Members()
const reception = new Members()

/** Signal of the gateway that heard the device best, in dBm and dB, from an array of receptions that was scanned before. */
export function addSignal(
  b: Uint8Array,
  from: number,
  to: number,
  measuredAt: number,
  quality: number,
  context: MessageContext,
  sink: ReadingSink,
): void {
  if (b[from] !== 0x5b || scanItems(b, from, to, receptions) < 0) return
  let best = Number.NEGATIVE_INFINITY
  let snr = Number.NaN
  for (let i = 0; i < receptions.count; i++) {
    if (scanMembers(b, receptions.valueFrom[i] as number, receptions.valueTo[i] as number, reception) < 0) return
    const rssi = numberOf(b, reception, RSSI)
    if (!(rssi > best)) continue
    best = rssi
    snr = numberOf(b, reception, SNR)
  }
  if (best === Number.NEGATIVE_INFINITY) return
  addProperty(RSSI_NAME, best, measuredAt, quality, context, sink)
  // A zero is left out by proto3.
  addProperty(SNR_NAME, Number.isNaN(snr) ? 0 : snr, measuredAt, quality, context, sink)
}

function numberOf(b: Uint8Array, m: Members, key: Uint8Array): number {
  const row = find(b, m, key)
  return row >= 0 && m.kind[row] === NUMBER ? (m.value[row] as number) : Number.NaN
}

/** One reading of the device in the topic. */
export function addProperty(
  name: Uint8Array,
  value: number,
  measuredAt: number,
  quality: number,
  context: MessageContext,
  sink: ReadingSink,
): void {
  const { topicBytes, deviceFrom, deviceTo } = context
  const series = sink.series(topicBytes, deviceFrom, deviceTo, name, 0, name.length)
  if (series >= 0) sink.add(series, measuredAt, value, quality)
}

/** Undecoded bytes of the device, as base64 text, so that nothing is lost where the server has no decoder for it. */
export function addRaw(
  b: Uint8Array,
  m: Members,
  row: number,
  measuredAt: number,
  context: MessageContext,
  sink: ReadingSink,
): void {
  if (row < 0 || m.kind[row] !== TEXT || m.valueTo[row] === m.valueFrom[row]) return
  const device = utf8(context.topicBytes, context.deviceFrom, context.deviceTo)
  sink.state(device, 'data', measuredAt, stateText(b, m, row))
}
