/** Control packet types of MQTT 3.1.1 §2.2.1, as the high half of the first byte. */
export const CONNECT = 1
export const CONNACK = 2
export const PUBLISH = 3
export const PUBACK = 4
export const PUBREC = 5
export const PUBREL = 6
export const PUBCOMP = 7
export const SUBSCRIBE = 8
export const UNSUBSCRIBE = 10
export const PINGREQ = 12
export const DISCONNECT = 14

export const PINGRESP_BYTES = Buffer.from([0xd0, 0])

/** Return codes of CONNACK, §3.2.2.3. */
export const ACCEPTED = 0
export const BAD_PROTOCOL = 1
export const BAD_CLIENT_ID = 2
export const UNAVAILABLE = 3
export const BAD_CREDENTIALS = 4
export const NOT_AUTHORISED = 5

export const connackBytes = (code: number): Buffer => Buffer.from([0x20, 2, 0, code])

/** PUBACK, PUBREC or PUBCOMP for a packet id. */
export const ackBytes = (type: number, id: number): Buffer => Buffer.from([type << 4, 2, id >> 8, id & 0xff])

export const u16 = (b: Uint8Array, at: number): number => ((b[at] as number) << 8) | (b[at + 1] as number)

/** Number of bytes that hold the remaining length `n`. */
export const lengthBytes = (n: number): number => (n < 128 ? 1 : n < 16_384 ? 2 : n < 2_097_152 ? 3 : 4)

/** Writes the remaining length `n` at `at`; returns the place after it. */
export function writeLength(out: Uint8Array, at: number, n: number): number {
  let rest = n
  let to = at
  while (rest > 127) {
    out[to++] = (rest & 127) | 128
    rest >>>= 7
  }
  out[to++] = rest
  return to
}

const SECOND_MIN: Readonly<Record<number, number>> = { 224: 0xa0, 240: 0x90 }
const SECOND_MAX: Readonly<Record<number, number>> = { 237: 0x9f, 244: 0x8f }

/** Whether `b[from, to)` is well-formed UTF-8 without U+0000 [MQTT-1.5.3-1, -2]. */
export function isText(b: Uint8Array, from: number, to: number): boolean {
  let i = from
  while (i < to) {
    const c = b[i++] as number
    if (c < 0x80) {
      if (c === 0) return false
      continue
    }
    const more = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0
    if (more === 0 || i + more > to) return false
    const second = b[i] as number
    if (second < (SECOND_MIN[c] ?? 0x80) || second > (SECOND_MAX[c] ?? 0xbf)) return false
    for (let k = 1; k < more; k++) if (((b[i + k] as number) & 0xc0) !== 0x80) return false
    i += more
  }
  return true
}
