import { sameBytes } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_NAME_BYTES } from '../limits.ts'

const OTHER = 1
const SLASH = 2
const COLON = 3
/** What may stand in a name (RFC 8428 §4.5.1): letters, digits and `- : . / _`; 0 for all else. */
const KIND = Uint8Array.from({ length: 256 }, (_, c) => {
  if (c === 0x2f) return SLASH
  if (c === 0x3a) return COLON
  return /[A-Za-z0-9._-]/.test(String.fromCharCode(c)) ? OTHER : 0
})
const URN_DEV = new TextEncoder().encode('urn:dev:')
const VALUE = new TextEncoder().encode('value')

/**
 * Base name plus name, split into device and property. The property follows the last `/`, or the last `:` when there
 * is no `/`; the device is what precedes it. A name without either belongs to the device of the topic. A bare
 * `urn:dev:type:id` (RFC 9039) is a device whose property is called `value`.
 * After {@link resolve} the device is `device[deviceFrom, deviceTo)`, empty for the topic's.
 */
export class NameSplitter {
  device: Uint8Array = VALUE
  deviceFrom = 0
  deviceTo = 0
  property: Uint8Array = VALUE
  from = 0
  to = 0
  readonly #name = new Uint8Array(2 * MAX_NAME_BYTES + 2)
  #baseLength = 0
  #baseSlash = -1
  #baseColon = -1

  reset(): void {
    this.#baseLength = 0
    this.#baseSlash = this.#baseColon = -1
  }

  /** Keeps the base name. Returns 0, or -1 with the fault noted. */
  setBase(b: Uint8Array, from: number, to: number): number {
    this.reset()
    if (to - from > MAX_NAME_BYTES)
      return fail('senml-name', `the base name is longer than ${MAX_NAME_BYTES} bytes`, -1)
    for (let i = from; i < to; i++) {
      const kind = KIND[b[i] as number] as number
      if (kind === 0 || (i === from && !isAlphanumeric(b[i] as number)))
        return fail('senml-name', 'the base name holds a forbidden character', -1)
      if (kind === SLASH) {
        if (this.#baseSlash === i - from - 1) return fail('senml-name', 'the base name holds an empty level', -1)
        this.#baseSlash = i - from
      } else if (kind === COLON) this.#baseColon = i - from
      this.#name[i - from] = b[i] as number
    }
    this.#baseLength = to - from
    return 0
  }

  /** Splits base name + `b[from, to)`. Returns 0, or -1 with the fault noted. */
  resolve(b: Uint8Array, from: number, to: number): number {
    if (to - from > MAX_NAME_BYTES) return fail('senml-name', `a name is longer than ${MAX_NAME_BYTES} bytes`, -1)
    const base = this.#baseLength
    let slash = -1
    let colon = -1
    let previous = base > 0 && this.#baseSlash === base - 1 ? SLASH : 0
    for (let i = from; i < to; i++) {
      const kind = KIND[b[i] as number] as number
      if (kind === OTHER) {
        previous = kind
        continue
      }
      if (kind === 0) return fail('senml-name', 'a name holds a forbidden character', -1)
      if (kind === SLASH) {
        if (previous === SLASH) return fail('senml-name', 'a name holds an empty level', -1)
        slash = i - from
      } else colon = i - from
      previous = kind
    }
    if (base + to - from === 0) return fail('senml-name', 'a record has no name', -1)
    if (base === 0 && !isAlphanumeric(b[from] as number))
      return fail('senml-name', 'a name must begin with a letter or digit', -1)
    return this.#split(b, from, to, slash, colon)
  }

  #split(b: Uint8Array, from: number, to: number, slash: number, colon: number): number {
    const base = this.#baseLength
    const length = base + to - from
    const bySlash = slash >= 0 || this.#baseSlash >= 0
    let at: number
    if (bySlash) at = slash >= 0 ? base + slash : this.#baseSlash
    else at = colon >= 0 ? base + colon : this.#baseColon
    if (base === 0) {
      this.#set(b, from, from + Math.max(at, 0), b, from + at + 1, to)
    } else if (at === base - 1) {
      this.#set(this.#name, 0, at, b, from, to)
    } else {
      for (let i = from; i < to; i++) this.#name[base + i - from] = b[i] as number
      this.#set(this.#name, 0, Math.max(at, 0), this.#name, at + 1, length)
    }
    if (!bySlash && at > URN_DEV.length && this.#isUrnType()) this.#wholeAsDevice(b, from, to)
    if (this.to <= this.from) return fail('senml-name', 'a name ends with its separator, so no property is named', -1)
    if (this.deviceTo - this.deviceFrom > MAX_NAME_BYTES || this.to - this.from > MAX_NAME_BYTES)
      return fail('senml-name', `a name is longer than ${MAX_NAME_BYTES} bytes`, -1)
    return 0
  }

  #set(device: Uint8Array, deviceFrom: number, deviceTo: number, property: Uint8Array, from: number, to: number): void {
    this.device = device
    this.deviceFrom = deviceFrom
    this.deviceTo = deviceTo
    this.property = property
    this.from = from
    this.to = to
  }

  /** Whether the device is `urn:dev:type` without an id, which is then what stands as the property. */
  #isUrnType(): boolean {
    const { device, deviceFrom, deviceTo } = this
    if (device[deviceFrom] !== 0x75 || !sameBytes(device, deviceFrom, URN_DEV, 0, URN_DEV.length)) return false
    for (let i = deviceFrom + URN_DEV.length; i < deviceTo; i++) if (device[i] === 0x3a) return false
    return this.to > this.from
  }

  #wholeAsDevice(b: Uint8Array, from: number, to: number): void {
    const base = this.#baseLength
    for (let i = from; i < to; i++) this.#name[base + i - from] = b[i] as number
    this.#set(this.#name, 0, base + to - from, VALUE, 0, VALUE.length)
  }
}

const isAlphanumeric = (c: number): boolean => KIND[c] === OTHER && c >= 0x30 && c !== 0x5f
