import { hashBytes, hashed } from '../series/id.ts'

/** 128 bits as four unsigned halves, low to high. */
export type EventId = Uint32Array

let scratch = Buffer.alloc(1024)

/**
 * The id of the event that `text` identifies: the first 64 bits of MurmurHash3 of the text, and of the text with one
 * more byte. Those who could make two texts with one id can only do so for their own device, which is compared as well.
 */
export function hashEventId(text: string, out: EventId, at: number): void {
  if (text.length * 3 + 1 > scratch.length) scratch = Buffer.alloc(text.length * 6)
  const length = scratch.write(text, 0)
  hashBytes(scratch, 0, length)
  out[at] = hashed.lo
  out[at + 1] = hashed.hi
  scratch[length] = 0xff
  hashBytes(scratch, 0, length + 1)
  out[at + 2] = hashed.lo
  out[at + 3] = hashed.hi
}

/** 32 hexadecimal digits, highest part first. */
export function eventIdText(ids: EventId, at: number): string {
  let text = ''
  for (let i = 3; i >= 0; i--) text += (ids[at + i] as number).toString(16).padStart(8, '0')
  return text
}

/** The inverse of {@link eventIdText}; `undefined` when `text` is not 32 hexadecimal digits. */
export function parseEventId(text: string): EventId | undefined {
  if (!/^[0-9a-f]{32}$/.test(text)) return undefined
  return Uint32Array.from([24, 16, 8, 0], (at) => Number.parseInt(text.slice(at, at + 8), 16))
}
