import { isUtf8 } from 'node:buffer'
import { MARK_UNTIMED } from '@quartier/contracts/quality'
import { latin1, utf8 } from '../bytes.ts'
import type { MessageContext, ReadingSink } from '../codec.ts'
import { fail, fault } from '../fault.ts'
import { BIG_INTEGER, NUMBER } from '../json/number.ts'
import { MAX_NAME_BYTES, MAX_RECORDS, MAX_TIME_MS } from '../limits.ts'
import {
  BASE_FIELDS,
  BN,
  BS,
  BT,
  BU,
  BV,
  BVER,
  LABELS,
  N,
  OWN_FIELDS,
  S,
  T,
  U,
  V,
  VALUE_FIELDS,
  VB,
  VD,
  VS,
} from './labels.ts'
import { NameSplitter } from './name.ts'

/** Sums of times below this are relative to now; others are Unix seconds (RFC 8428 §4.5.3). */
const RELATIVE_BELOW = 2 ** 28
const VERSION = 10
const SUM_SUFFIX = new TextEncoder().encode('.sum')
const NOTHING = new Uint8Array(0)

/**
 * Resolves the records of one SenML pack, one after another, as RFC 8428 §4.6 says, and hands what they hold to the
 * sink. A reader fills the columns for a record (row = label), sets its bit in `seen` and calls {@link finish}.
 */
export class Records {
  /** Bits of the labels that the record holds. */
  seen = 0
  /** Numbers (booleans 0/1) and what they are, as scanNumber leaves them. */
  readonly values = new Float64Array(LABELS)
  readonly kinds = new Uint8Array(LABELS)
  /** Texts and data as slices; also the digits of a whole number beyond 2^53. */
  readonly bytes: Uint8Array[] = Array.from({ length: LABELS }, () => NOTHING)
  readonly from = new Int32Array(LABELS)
  readonly to = new Int32Array(LABELS)

  readonly #name = new NameSplitter()
  readonly #sumName = new Uint8Array(MAX_NAME_BYTES + SUM_SUFFIX.length)
  #context!: MessageContext
  #sink!: ReadingSink
  #count = 0
  #usable = 0
  #firstFault: [reason: string, detail: string] | undefined
  #version = 0
  #baseTime = Number.NaN
  #baseValue = Number.NaN
  #baseSum = Number.NaN
  #baseUnit = NOTHING
  #unitFrom = 0
  #unitTo = 0

  begin(context: MessageContext, sink: ReadingSink): void {
    this.#context = context
    this.#sink = sink
    this.seen = this.#count = this.#usable = this.#version = 0
    this.#firstFault = undefined
    this.#baseTime = this.#baseValue = this.#baseSum = Number.NaN
    this.#baseUnit = NOTHING
    this.#unitFrom = this.#unitTo = 0
    this.#name.reset()
  }

  /** The pack is over. Returns 0, or -1 with the fault noted when it had records and none was usable. */
  end(): number {
    if (this.#usable > 0 || this.#firstFault === undefined) return 0
    return fail(this.#firstFault[0], this.#firstFault[1], -1)
  }

  /** Resolves the record. Returns 0, or -1 with the fault noted when the whole pack must be refused. */
  finish(): number {
    const seen = this.seen
    this.seen = 0
    if (++this.#count > MAX_RECORDS) return fail('senml-limit', `the pack has more than ${MAX_RECORDS} records`, -1)
    if ((seen & BASE_FIELDS || this.#version === 0) && this.#takeBase(seen) < 0) return -1
    if ((seen & OWN_FIELDS) === 0 && seen & BASE_FIELDS) return 0
    if (this.#take(seen) < 0) this.#refuse()
    return 0
  }

  #takeBase(seen: number): number {
    const version = seen & (1 << BVER) ? (this.values[BVER] as number) : this.#version || VERSION
    if (!(version >= 1 && version <= VERSION && Number.isInteger(version)))
      return fail('senml-version', `version ${version} is unknown`, -1)
    if (this.#version !== 0 && version !== this.#version)
      return fail('senml-version', 'records differ in their version', -1)
    this.#version = version
    for (const label of [BT, BV, BS])
      if (seen & (1 << label) && !Number.isFinite(this.values[label]))
        return fail('senml-number', 'a base field is not finite', -1)
    if (seen & (1 << BT)) this.#baseTime = this.values[BT] as number
    if (seen & (1 << BV)) this.#baseValue = this.values[BV] as number
    if (seen & (1 << BS)) this.#baseSum = this.values[BS] as number
    if (seen & (1 << BU)) {
      this.#baseUnit = this.bytes[BU] as Uint8Array<ArrayBuffer>
      this.#unitFrom = this.from[BU] as number
      this.#unitTo = this.to[BU] as number
    }
    if (seen & (1 << BN))
      return this.#name.setBase(this.bytes[BN] as Uint8Array, this.from[BN] as number, this.to[BN] as number)
    return 0
  }

  /** Hands over what the record holds. Returns 0, or -1 with the fault noted when it holds nothing usable. */
  #take(seen: number): number {
    const named = seen & (1 << N)
    const resolved = named
      ? this.#name.resolve(this.bytes[N] as Uint8Array, this.from[N] as number, this.to[N] as number)
      : this.#name.resolve(NOTHING, 0, 0)
    if (resolved < 0) return -1
    const name = this.#name
    if (name.deviceTo === name.deviceFrom) {
      const c = this.#context
      if (c.deviceTo === c.deviceFrom) return fail('senml-name', 'neither name nor topic names a device', -1)
      name.device = c.topicBytes
      name.deviceFrom = c.deviceFrom
      name.deviceTo = c.deviceTo
    }
    const measuredAt = this.#time(seen)
    if (measuredAt < 0) return -1
    const quality = this.#isRelative ? MARK_UNTIMED : 0
    const held = seen & VALUE_FIELDS
    if (held & (held - 1)) return fail('senml-value', 'a record holds more than one value', -1)
    const hasSum = seen & (1 << S) || !Number.isNaN(this.#baseSum)
    if (held & (1 << VS) || held & (1 << VD)) {
      if (this.#takeText(held & (1 << VD) ? VD : VS, measuredAt) < 0) return -1
    } else if (held & (1 << VB)) this.#add(measuredAt, this.values[VB] as number, quality, seen)
    else if (held || !Number.isNaN(this.#baseValue)) {
      if (this.#takeNumber(seen, measuredAt, quality) < 0) return -1
    } else if (!hasSum) return fail('senml-value', 'a record holds neither a value nor a sum', -1)
    if (hasSum && this.#takeSum(seen, measuredAt, quality) < 0) return -1
    this.#usable++
    return 0
  }

  #isRelative = false

  /** Epoch ms, NaN when the record names no time (or says "about now"), -1 with the fault noted. */
  #time(seen: number): number {
    const base = this.#baseTime
    const own = seen & (1 << T) ? (this.values[T] as number) : 0
    const seconds = Number.isNaN(base) ? own : base + own
    this.#isRelative = false
    if (seconds === 0) return Number.NaN
    this.#isRelative = seconds < RELATIVE_BELOW
    const ms = Math.round(seconds * 1000) + (this.#isRelative ? this.#context.receivedAt : 0)
    return ms >= 0 && ms <= MAX_TIME_MS ? ms : fail('senml-time', `the time ${seconds} is out of range`, -1)
  }

  #takeNumber(seen: number, measuredAt: number, quality: number): number {
    const base = Number.isNaN(this.#baseValue) ? 0 : this.#baseValue
    const own = seen & (1 << V) ? (this.values[V] as number) : 0
    const kind = seen & (1 << V) ? (this.kinds[V] as number) : NUMBER
    const value = base + own
    if (kind === NUMBER && Math.abs(value) <= Number.MAX_SAFE_INTEGER) {
      this.#add(measuredAt, value, quality, seen)
      return 0
    }
    if (kind === BIG_INTEGER || (Number.isSafeInteger(base) && Number.isSafeInteger(own))) {
      if (!Number.isSafeInteger(base))
        return fail('senml-number', 'a whole number beyond 2^53 has a base value that is none', -1)
      const digits =
        kind === BIG_INTEGER ? latin1(this.bytes[V] as Uint8Array, this.from[V] as number, this.to[V] as number) : own
      this.#state(measuredAt, String(BigInt(digits) + BigInt(base)))
      return 0
    }
    if (!Number.isFinite(value)) return fail('senml-number', 'a value is not finite', -1)
    this.#add(measuredAt, value, quality, seen)
    return 0
  }

  /** The sum goes to a series of its own: the property with `.sum` behind it. */
  #takeSum(seen: number, measuredAt: number, quality: number): number {
    const sum = (seen & (1 << S) ? (this.values[S] as number) : 0) + (Number.isNaN(this.#baseSum) ? 0 : this.#baseSum)
    if (!Number.isFinite(sum)) return fail('senml-number', 'a sum is not finite', -1)
    const { property, from, to } = this.#name
    this.#sumName.set(property.subarray(from, to))
    this.#sumName.set(SUM_SUFFIX, to - from)
    this.#name.property = this.#sumName
    this.#name.from = 0
    this.#name.to = to - from + SUM_SUFFIX.length
    this.#add(measuredAt, sum, quality, 0)
    return 0
  }

  #takeText(label: number, measuredAt: number): number {
    const [b, from, to] = [this.bytes[label] as Uint8Array, this.from[label] as number, this.to[label] as number]
    if (label === VS && !isUtf8(b.subarray(from, to))) return fail('senml-utf8', 'a text is not UTF-8', -1)
    this.#state(measuredAt, utf8(b, from, to))
    return 0
  }

  #state(measuredAt: number, text: string): void {
    const { device, deviceFrom, deviceTo, property, from, to } = this.#name
    this.#sink.state(utf8(device, deviceFrom, deviceTo), latin1(property, from, to), measuredAt, text)
  }

  #add(measuredAt: number, value: number, quality: number, seen: number): void {
    const { device, deviceFrom, deviceTo, property, from, to } = this.#name
    const sink = this.#sink
    const series = sink.series(device, deviceFrom, deviceTo, property, from, to)
    if (series < 0) return
    if (sink.unit !== undefined) {
      if (seen & (1 << U)) sink.unit(series, this.bytes[U] as Uint8Array, this.from[U] as number, this.to[U] as number)
      else if (seen !== 0 && this.#unitTo > this.#unitFrom)
        sink.unit(series, this.#baseUnit, this.#unitFrom, this.#unitTo)
    }
    sink.add(series, measuredAt, value + 0, quality)
  }

  #refuse(): void {
    this.#firstFault ??= [fault.reason, fault.detail]
    this.#sink.reject(fault.reason, `record ${this.#count}: ${fault.detail}`)
  }
}
