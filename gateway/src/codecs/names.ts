import { MAX_NAME_BYTES } from './limits.ts'

/** A property is one level of a series key: not empty, at most 256 bytes, without `/`, `+`, `#` or control characters. */
export const isPropertyName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name !== '' && !/[/+#\u0000-\u001f\u007f]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES

/** A device may have several levels, separated by `/`, none of them empty. */
export const isDeviceName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  name !== '' && !/[+#\u0000-\u001f\u007f]|^\/|\/\/|\/$/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES

/** What {@link nameMarks} finds in a run of names. */
export const HAS_FORBIDDEN = 1
export const HAS_SLASH = 2
export const HAS_NON_ASCII = 4

const MARKS = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c >= 0x80) return HAS_NON_ASCII
  if (c === 0x2f) return HAS_SLASH
  return c < 0x20 || c === 0x23 || c === 0x2b || c === 0x7f ? HAS_FORBIDDEN : 0
})

/** The kinds of bytes in `b[from, to)`, so that many names can be judged in one pass. */
export function nameMarks(b: Uint8Array, from: number, to: number): number {
  let marks = 0
  for (let i = from; i < to; i++) marks |= MARKS[b[i] as number] as number
  return marks
}

/** Whether the slashes in `b[from, to)` separate levels that are not empty. */
export function isLevels(b: Uint8Array, from: number, to: number): boolean {
  let previous = 0x2f
  for (let i = from; i < to; i++) {
    const c = b[i] as number
    if (c === 0x2f && previous === 0x2f) return false
    previous = c
  }
  return previous !== 0x2f
}
