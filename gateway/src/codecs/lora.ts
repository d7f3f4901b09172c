import { bytesOf, utf8 } from './bytes.ts'
import type { MessageContext, ReadingSink } from './codec.ts'
import { fail } from './fault.ts'
import { Envelope, pass } from './json/envelope.ts'
import { NUMBER, scanNumber } from './json/number.ts'
import { scanString, skipSpace, stringMarks, stringText } from './json/text.ts'
import { timeOfBytes } from './time.ts'

/** What the network servers of LoRaWAN have in common: an envelope in JSON around what a device has sent. */

const QUOTE = 0x22
const numbers = new Float64Array(1)
const kinds = new Uint8Array(1)

/** The number that stands in a member of an envelope; NaN when it is none. */
export function numberIn(b: Uint8Array, e: Envelope, key: number): number {
  const [from, to] = [e.from[key] as number, e.to[key] as number]
  if (to < 0 || scanNumber(b, from, to, numbers, kinds, 0) !== to || kinds[0] !== NUMBER) return Number.NaN
  return numbers[0] as number
}

/** Whether the word `true` stands there. */
export const isTrue = (b: Uint8Array, e: Envelope, key: number): boolean =>
  e.has(key) && b[e.from[key] as number] === 0x74

/** Whether an object or array stands there. */
export function isNested(b: Uint8Array, e: Envelope, key: number): boolean {
  const c = e.has(key) ? b[e.from[key] as number] : 0
  return c === 0x7b || c === 0x5b
}

/** The time that stands there: epoch ms, NaN for none, -1 with the fault noted when it cannot be read. */
export function timeIn(b: Uint8Array, e: Envelope, key: number): number {
  if (!e.has(key)) return Number.NaN
  const from = e.from[key] as number
  if (b[from] === 0x6e) return Number.NaN
  const ms = b[from] === QUOTE ? timeOfBytes(b, from + 1, (e.to[key] as number) - 1) : Number.NaN
  return ms >= 0 ? ms : fail('json-time', 'the time is not ISO 8601 with a zone', from)
}

/** Undecoded bytes of the device, as base64 text, so that nothing is lost where the server has no decoder for it. */
export function addRaw(
  b: Uint8Array,
  e: Envelope,
  key: number,
  at: number,
  context: MessageContext,
  sink: ReadingSink,
): void {
  const from = e.from[key] as number
  const to = e.to[key] as number
  if (to <= from + 2 || b[from] !== QUOTE || scanString(b, from, to) !== to) return
  const device = utf8(context.topicBytes, context.deviceFrom, context.deviceTo)
  sink.state(device, 'data', at, stringText(b, from + 1, to - 1, stringMarks))
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

const RSSI_NAME = bytesOf('lora.rssi')
const SNR_NAME = bytesOf('lora.snr')
const [RSSI, SNR] = [0, 1]
const reception = new Envelope({ rssi: undefined, snr: undefined })
let rssi = Number.NEGATIVE_INFINITY
let snr = 0

/** Forgets the signal of the last message. */
export function forgetSignal(): void {
  rssi = Number.NEGATIVE_INFINITY
}

/** Reads the receptions of a message, of which the gateway that heard the device best counts. */
export function enterReceptions(b: Uint8Array, i: number, to: number): number {
  if (b[i] !== 0x5b) return pass(b, i, to)
  i = skipSpace(b, i + 1, to)
  if (b[i] === 0x5d) return i + 1
  while (i < to) {
    if (b[i] === 0x7b) {
      i = reception.scan(b, i, to)
      const heard = i < 0 ? Number.NaN : numberIn(b, reception, RSSI)
      if (heard > rssi) {
        rssi = heard
        // A zero is left out by proto3.
        snr = reception.has(SNR) ? numberIn(b, reception, SNR) : 0
      }
    } else i = pass(b, i, to)
    if (i < 0) return -1
    i = skipSpace(b, i, to)
    if (b[i] === 0x5d && i < to) return i + 1
    if (b[i] !== 0x2c) break
    i = skipSpace(b, i + 1, to)
  }
  return fail('json-syntax', 'an array does not end, or a comma is missing', i)
}

/** Gives the signal that was read, dBm and dB. */
export function addSignal(measuredAt: number, quality: number, context: MessageContext, sink: ReadingSink): void {
  if (rssi === Number.NEGATIVE_INFINITY) return
  addProperty(RSSI_NAME, rssi, measuredAt, quality, context, sink)
  if (!Number.isNaN(snr)) addProperty(SNR_NAME, snr, measuredAt, quality, context, sink)
}

/** Nothing but blanks may follow an envelope. Returns 0, or -1 with the fault noted. */
export function endOf(b: Uint8Array, i: number, to: number): number {
  if (i < 0) return -1
  i = skipSpace(b, i, to)
  return i === to ? 0 : fail('json-syntax', 'something follows the JSON value', i)
}
