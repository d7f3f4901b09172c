import { isUtf8 } from 'node:buffer'
import { MAX_NAME_BYTES } from './limits.ts'

/** A property is one level of a series key: not empty, at most 256 bytes, without `/`, `+`, `#` or control characters. */
export const isPropertyName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name !== '' && !/[/+#\u0000-\u001f\u007f]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES

/** A device may have several levels, separated by `/`, none of them empty. */
export const isDeviceName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name !== '' && !/[+#\u0000-\u001f\u007f]|^\/|\/\/|\/$/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES

const FORBIDDEN = 1
const SLASH = 2
const NON_ASCII = 3
const MARKS = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c >= 0x80) return NON_ASCII
  if (c === 0x2f) return SLASH
  return c < 0x20 || c === 0x23 || c === 0x2b || c === 0x7f ? FORBIDDEN : 0
})

/** {@link isPropertyName} of bytes, which must also be UTF-8. */
export const isPropertyBytes = (b: Uint8Array, from: number, to: number): boolean => isFit(b, from, to, false)

/** {@link isDeviceName} of bytes, which must also be UTF-8. */
export const isDeviceBytes = (b: Uint8Array, from: number, to: number): boolean => isFit(b, from, to, true)

function isFit(b: Uint8Array, from: number, to: number, hasLevels: boolean): boolean {
  if (to - from > MAX_NAME_BYTES) return false
  let isAscii = true
  let lastSlash = from - 1
  for (let i = from; i < to; i++) {
    const mark = MARKS[b[i] as number]
    if (mark === 0) continue
    if (mark === NON_ASCII) isAscii = false
    else if (mark === FORBIDDEN || !hasLevels || i === lastSlash + 1) return false
    else lastSlash = i
  }
  return lastSlash < to - 1 && (isAscii || isUtf8(b.subarray(from, to)))
}
