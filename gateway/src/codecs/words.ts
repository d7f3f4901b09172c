import { sameBytes, utf8 } from './bytes.ts'

interface Word {
  readonly bytes: Uint8Array
  readonly text: string
}

const SLOTS = 4096
const MAX_BYTES = 64

/**
 * What a function makes of short texts that come again and again, such as names of cameras and zones, found by their bytes:
 * nothing is made of one that was seen before. Bounded: one that comes later takes the place of another.
 */
export class Words {
  readonly #slots: (Word | undefined)[] = new Array(SLOTS).fill(undefined)
  readonly make: (text: string) => string

  constructor(make: (text: string) => string) {
    this.make = make
  }

  /** What is made of the UTF-8 text `b[from, to)`. */
  of(b: Uint8Array, from: number, to: number): string {
    if (to - from > MAX_BYTES) return this.make(utf8(b, from, to))
    let hash = to - from
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + (b[i] as number)) | 0
    const at = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const known = this.#slots[at]
    if (known && known.bytes.length === to - from && sameBytes(b, from, known.bytes, 0, to - from)) return known.text
    const text = this.make(utf8(b, from, to))
    this.#slots[at] = { bytes: Uint8Array.prototype.slice.call(b, from, to), text }
    return text
  }
}
