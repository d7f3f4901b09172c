import { isEventKind, type NewEvent, SEVERITIES } from '@quartier/contracts'
import { REMOVAL_KINDS } from '@quartier/contracts/privacy'
import type { CodecMemory, CodecState, PrivacyDoor, ReadingSink } from './codec.ts'
import { MAX_NAME_BYTES, MAX_RECORDS, MAX_STRING_BYTES } from './limits.ts'

const MAX_KEYS = 10_000
const TOKEN = 'f'.repeat(48)

/** A sink that holds a codec to its promises and keeps nothing: it throws when one is broken. */
export class StrictSink implements ReadingSink {
  readings = 0
  states = 0
  events = 0
  rejects = 0
  #handles = 0
  #sent = 0
  #woken = 0
  #codec = ''
  readonly #remembered = new Map<string, CodecState>()

  /** A message for this codec follows. */
  begin(codec = ''): void {
    this.#codec = codec
    this.readings = this.states = this.events = this.rejects = this.#handles = 0
  }

  series(
    device: Uint8Array,
    deviceFrom: number,
    deviceTo: number,
    property: Uint8Array,
    from: number,
    to: number,
  ): number {
    checkSlice(device, deviceFrom, deviceTo)
    checkSlice(property, from, to)
    return this.#handles++
  }

  seriesByName(device: string, property: string): number {
    checkName(device)
    checkName(property)
    return this.#handles++
  }

  seriesById(lo: number, hi: number): number {
    if (lo >>> 0 !== lo || hi >>> 0 !== hi) throw new Error(`an id is not two halves: ${lo}, ${hi}`)
    return this.#handles++
  }

  isDefined(_device: string, property: string): boolean {
    return property.length % 2 === 0
  }

  unit(series: number, bytes: Uint8Array, from: number, to: number): void {
    this.#checkHandle(series)
    if (from < 0 || to < from || to > bytes.length) throw new Error(`a unit has no place: ${from}..${to}`)
  }

  add(series: number, measuredAt: number, value: number, quality: number): void {
    this.#checkHandle(series)
    checkTime(measuredAt)
    if (!Number.isFinite(value) || Object.is(value, -0)) throw new Error(`a value is ${value}`)
    if (quality < 0 || quality > 255) throw new Error(`a quality is ${quality}`)
    if (++this.readings + this.states > 2 * MAX_RECORDS) throw new Error('too many readings')
  }

  state(device: string, property: string, measuredAt: number, text: string): void {
    checkName(device)
    checkName(property)
    checkTime(measuredAt)
    if (text.length > 2 * MAX_STRING_BYTES) throw new Error(`a text has ${text.length} characters`)
    if (++this.states + this.readings > 2 * MAX_RECORDS) throw new Error('too many states')
  }

  event(event: NewEvent): void {
    checkName(event.device)
    checkTime(event.measuredAt)
    const { kind, severity = 'info', asset = 'a', quality = 0 } = event
    if (!isEventKind(kind)) throw new Error(`a kind of event is ${kind}`)
    if (!SEVERITIES.includes(severity)) throw new Error(`a severity is ${severity}`)
    if (asset === '' || asset.length > MAX_NAME_BYTES) throw new Error(`an asset has ${asset.length} characters`)
    if (quality < 0 || quality > 255) throw new Error(`a quality is ${quality}`)
    if (++this.events > MAX_RECORDS) throw new Error('too many events')
  }

  readonly privacy: PrivacyDoor = {
    plateToken(device, measuredAt, plate) {
      checkTime(measuredAt)
      if (device.length > MAX_NAME_BYTES || plate === '') throw new Error('a plate has no text or camera')
      return TOKEN
    },
    removed(device, kind, count) {
      if (device.length > MAX_NAME_BYTES || !REMOVAL_KINDS.includes(kind) || !(Number.isInteger(count) && count > 0))
        throw new Error(`a removal is ${count} × ${kind}`)
    },
  }

  again(series: number): number {
    if (!(Number.isInteger(series) && series >= 0)) throw new Error(`there was never a series ${series}`)
    return this.#handles++
  }

  recall(key: string): CodecState {
    if (key === '' || key.length > 2 * MAX_NAME_BYTES) throw new Error(`a key has ${key.length} characters`)
    const name = `${this.#codec} ${key}`
    const known = this.#remembered.get(name) ?? { value: undefined, wakeAt: Number.POSITIVE_INFINITY, keep() {} }
    this.#remembered.set(name, known)
    if (this.#remembered.size > MAX_KEYS) throw new Error('too many keys')
    return known
  }

  /** The time has come for every state of the codec, and now and then a restart. */
  wake(memory: CodecMemory): void {
    for (const [name, state] of this.#remembered) {
      const key = name.slice(this.#codec.length + 1)
      if (!name.startsWith(`${this.#codec} `) || state.value === undefined) continue
      if (Number.isFinite(state.wakeAt))
        memory.wake?.(key, state, state.wakeAt, (topic, bytes) => this.send(topic, bytes))
      if (++this.#woken % 64 === 0) state.value = memory.restore(memory.save(state.value), key)
    }
  }

  send(mqttTopic: string, payload: Uint8Array): boolean {
    checkName(mqttTopic)
    if (payload.length > 1_000) throw new Error(`an answer has ${payload.length} bytes`)
    return ++this.#sent % 2 === 0
  }

  reject(reason: string, detail: string): void {
    if (!/^[a-z0-9-]+$/.test(reason) || detail === '') throw new Error(`a rejection is "${reason}", "${detail}"`)
    this.rejects++
  }

  #checkHandle(series: number): void {
    if (!(series >= 0 && series < this.#handles)) throw new Error(`there is no series ${series}`)
  }
}

function checkSlice(b: Uint8Array, from: number, to: number): void {
  if (!(from >= 0 && to > from && to <= b.length && to - from <= MAX_NAME_BYTES + 4))
    throw new Error(`a name has no place: ${from}..${to} of ${b.length}`)
}

function checkName(name: string): void {
  if (name === '' || name.length > MAX_NAME_BYTES + 4) throw new Error(`a name has ${name.length} characters`)
}

function checkTime(ms: number): void {
  if (!Number.isNaN(ms) && !(Number.isInteger(ms) && ms >= 0)) throw new Error(`a time is ${ms}`)
}
