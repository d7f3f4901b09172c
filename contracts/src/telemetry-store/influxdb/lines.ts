const NEWLINE = 10
const COMMA = 44
const MINUS = 45
const SPACE = 32
const POINT = 46
const ZERO = 48
/** Numbers above this are split before their digits are taken, so that the arithmetic stays in 32 bits. */
const SPLIT = 10_000_000
const FIRST_BYTES = 1 << 16
/** The digits of 0…99, two bytes each: one division for two of them. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => ZERO + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10))
/** What sensors send has no more decimals than this. */
const MOST_DECIMALS = 4
const GREATEST_SCALED = 1e12

const encoder = new TextEncoder()

/**
 * Line protocol of one measurement for one server, as bytes. Readings of one device and instant that come one after another
 * become fields of one line.
 */
export class LineWriter {
  lines = 0
  readonly #measurement: Uint8Array
  #bytes = new Uint8Array(FIRST_BYTES)
  #length = 0
  #device = -1
  #at = 0

  constructor(measurement: string) {
    this.#measurement = encoder.encode(measurement)
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** A field of this device and instant (ms) comes next: begins a line with these tags unless the last is of the same. */
  begin(device: number, at: number, tags: Uint8Array): void {
    if (device === this.#device && at === this.#at) {
      this.#reserve(1)
      this.#bytes[this.#length++] = COMMA
      return
    }
    this.#end()
    this.#device = device
    this.#at = at
    this.lines++
    this.put(this.#measurement)
    this.put(tags)
  }

  put(bytes: Uint8Array): void {
    const n = bytes.length
    this.#reserve(n)
    const target = this.#bytes
    const from = this.#length
    if (n > 64) target.set(bytes, from)
    else for (let i = 0; i < n; i++) target[from + i] = bytes[i] as number
    this.#length = from + n
  }

  float(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 1e12 && !Object.is(value, -0)) {
      this.#digits(value)
      return
    }
    if (value !== 0 && this.#decimals(value)) return
    const text = value === 0 ? '-0' : String(value)
    this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i)
  }

  /**
   * Writes a number of few decimals, and says whether it was one: a division is rounded as the reading of its decimal
   * notation is, so that both give the same number.
   */
  #decimals(value: number): boolean {
    const size = Math.abs(value)
    for (let decimals = 1, scale = 10; decimals <= MOST_DECIMALS; decimals++, scale *= 10) {
      const scaled = Math.round(size * scale)
      if (scaled / scale !== size) continue
      if (scaled > GREATEST_SCALED) return false
      const whole = Math.floor(scaled / scale)
      this.#reserve(24)
      if (value < 0) this.#bytes[this.#length++] = MINUS
      this.#digits(whole)
      this.#bytes[this.#length++] = POINT
      this.#below32(scaled - whole * scale, decimals)
      return true
    }
    return false
  }

  integer(value: number): void {
    this.#digits(value)
    this.#bytes[this.#length++] = 105
  }

  /** What was written since the last call; empty when nothing was. */
  take(): Uint8Array {
    this.#end()
    const bytes = this.#bytes.slice(0, this.#length)
    this.#length = 0
    this.lines = 0
    return bytes
  }

  #end(): void {
    if (this.#device === -1) return
    this.#reserve(1)
    this.#bytes[this.#length++] = SPACE
    this.#digits(this.#at)
    this.#bytes[this.#length++] = NEWLINE
    this.#device = -1
  }

  /** Writes an integer below 1e14, and leaves room for a byte behind it. */
  #digits(value: number): void {
    this.#reserve(24)
    let n = value
    if (n < 0) {
      this.#bytes[this.#length++] = MINUS
      n = -n
    }
    if (n < SPLIT) {
      this.#below32(n, 1)
      return
    }
    const high = Math.floor(n / SPLIT)
    this.#below32(high, 1)
    this.#below32(n - high * SPLIT, 7)
  }

  #below32(value: number, least: number): void {
    let n = value | 0
    let digits = least
    for (let limit = 10 ** least; n >= limit; limit *= 10) digits++
    const bytes = this.#bytes
    const end = this.#length + digits
    let at = end - 1
    for (; at > this.#length; at -= 2) {
      const rest = (n / 100) | 0
      const pair = (n - rest * 100) << 1
      bytes[at - 1] = PAIRS[pair] as number
      bytes[at] = PAIRS[pair + 1] as number
      n = rest
    }
    if (at === this.#length) bytes[at] = ZERO + n
    this.#length = end
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    bytes.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = bytes
  }
}

/** A string field of line protocol. */
export const quotedField = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
