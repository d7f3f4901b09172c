import { sameBytes } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_DEPTH } from '../limits.ts'
import type { Words } from '../words.ts'
import { skipSpace } from './text.ts'

/** How far from where it is expected a key may begin. */
const NEAR = 64

/**
 * Where the value of `"key"` begins in the span `b[from, to)`, at whatever depth; -1 when there is none. In a text a quote is
 * always escaped, so nothing but a key looks like one.
 * @param quoted   the key with its quotes
 * @param expected where about its value begins: it is looked for from a little before that on, and then everywhere
 */
export function findKey(b: Uint8Array, from: number, to: number, quoted: Uint8Array, expected = from): number {
  const bytes = Buffer.from(b.buffer, b.byteOffset, to)
  const near = Math.max(from, expected - quoted.length - NEAR)
  const found = near < to ? findKeyIn(bytes, near, to, quoted) : -1
  return found >= 0 || near === from ? found : findKeyIn(bytes, from, to, quoted)
}

function findKeyIn(b: Buffer, from: number, to: number, quoted: Uint8Array): number {
  for (let at = from; ; ) {
    at = b.indexOf(quoted, at)
    if (at < 0) return -1
    at = skipSpace(b, at + quoted.length, to)
    if (b[at] === 0x3a) return skipSpace(b, at + 1, to)
  }
}

/**
 * The index after the object at `b[i]`, found by the first member `quoted` that follows an object; -1 when none does. Nobody
 * looks into the object: if such a member stands in it, what comes behind does not fit.
 */
export function endBefore(b: Uint8Array, i: number, to: number, quoted: Uint8Array): number {
  if (b[i] !== 0x7b) return -1
  for (let close = b.indexOf(0x7d, i); close >= 0 && close < to; close = b.indexOf(0x7d, close + 1)) {
    const comma = skipSpace(b, close + 1, to)
    if (b[comma] !== 0x2c) continue
    const key = skipSpace(b, comma + 1, to)
    if (key + quoted.length < to && sameBytes(b, key, quoted, 0, quoted.length)) return close + 1
  }
  return -1
}

/** The index after the value at `b[i]`, or -1. */
export const valueEnd = (b: Uint8Array, i: number, to: number): number => passValue(b, i, to, 0)

/** What `words` makes of each text in the array `b[from, to)`, which was picked; what else it holds is left out. */
export function textsIn(b: Uint8Array, from: number, to: number, words: Words, most: number): string[] {
  const texts: string[] = []
  for (let i = from + 1; i < to - 1 && texts.length < most; ) {
    if (b[i] === 0x22) {
      const end = passText(b, i, to)
      if (end < 0) break
      // Nobody hides a name behind escapes for a good reason.
      if (!hasEscape(b, i, end)) texts.push(words.of(b, i + 1, end - 1))
      i = end
    } else if (b[i] === 0x7b || b[i] === 0x5b) {
      i = passValue(b, i, to, 0)
      if (i < 0) break
    } else i++
  }
  return texts
}

const [PLAIN, QUOTE, OPEN, CLOSE, END] = [0, 1, 2, 3, 4]

/** What each byte means outside of texts. */
const MARKS = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c === 0x22) return QUOTE
  if (c === 0x7b || c === 0x5b) return OPEN
  if (c === 0x7d || c === 0x5d) return CLOSE
  return c === 0x2c || c <= 0x20 ? END : PLAIN
})

/**
 * Passes over a value of any size by its quotes and brackets alone: nobody reads what is in it, so it need not be good JSON.
 * Returns the index after it, or -1 when it does not end.
 */
export function passValue(b: Uint8Array, start: number, to: number, depth: number): number {
  const mark = start < to ? MARKS[b[start] as number] : END
  if (mark === QUOTE) return passText(b, start, to)
  if (mark === OPEN) return passNested(b, start, to, depth)
  let i = start
  while (i < to && MARKS[b[i] as number] === PLAIN) i++
  return i > start ? i : fail('json-syntax', 'a value is missing', start)
}

/** Passes over an array or object. */
function passNested(b: Uint8Array, start: number, to: number, depth: number): number {
  let open = 0
  for (let i = start; i < to; ) {
    const mark = MARKS[b[i] as number]
    if (mark === QUOTE) {
      i = passText(b, i, to)
      if (i < 0) return -1
      continue
    }
    i++
    if (mark === OPEN) {
      if (++open + depth > MAX_DEPTH)
        return fail('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`, i - 1)
    } else if (mark === CLOSE && --open === 0) return i
  }
  return fail('json-syntax', 'an array or object does not end', start)
}

function hasEscape(b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (b[i] === 0x5c) return true
  return false
}

const SHORT_TEXT = 64
/** Where a text may end: a quote, or a backslash before one. */
const TEXT_ENDS = Uint8Array.from({ length: 256 }, (_, c) => (c === 0x22 || c === 0x5c ? 1 : 0))

/** Passes over a text without looking into it. */
function passText(b: Uint8Array, start: number, to: number): number {
  let i = start + 1
  const near = Math.min(to, i + SHORT_TEXT)
  while (i < near && TEXT_ENDS[b[i] as number] === 0) i++
  if (i < near && b[i] === 0x22) return i + 1
  for (; ; i++) {
    i = b.indexOf(0x22, i)
    if (i < 0 || i >= to) return fail('json-syntax', 'a string does not end', start)
    let k = i
    while (k > start + 1 && b[k - 1] === 0x5c) k--
    if (((i - k) & 1) === 0) return i + 1
  }
}

/** `null`, `false`, `""`, `[]`, `{}`. */
export function isEmpty(b: Uint8Array, from: number, to: number): boolean {
  const c = b[from]
  if (c === 0x6e || c === 0x66) return true
  if (c === 0x22) return to - from === 2
  return (c === 0x5b || c === 0x7b) && skipSpace(b, from + 1, to) === to - 1
}
