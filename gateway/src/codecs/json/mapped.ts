import { isUtf8 } from 'node:buffer'
import { utf8 } from '../bytes.ts'
import type { MessageContext, ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { MAX_RECORDS } from '../limits.ts'
import { isDeviceName, isPropertyName } from '../names.ts'
import { timeOfNumber, timeOfText } from '../time.ts'
import { tellEvent } from './mapped-event.ts'
import { type EventOptions, type JsonOptions, tokensOf } from './options.ts'
import { at, BigInteger, type Node, nameOf, readTree } from './tree.ts'

/** Decodes a message by a mapping with nested places. Returns 0, or -1 with the fault noted. */
export function mappedDecode(
  b: Uint8Array,
  from: number,
  to: number,
  context: MessageContext,
  sink: ReadingSink,
  o: JsonOptions,
): number {
  const root = readTree(b, from, to)
  if (root === undefined) return -1
  if (!isUtf8(b.subarray(from, to))) return fail('json-utf8', 'the payload is not UTF-8', -1)
  const message = new Message(context, sink)
  if (o.each === undefined) message.take(root, o, '')
  else {
    const items = at(root, o.each)
    if (!Array.isArray(items)) return fail('json-shape', `there is no array at "${o.each}"`, -1)
    for (let i = 0; i < items.length && !message.isFull; i++) message.take(items[i] as Node, o, `${o.each}/${i}`)
  }
  if (message.isFull) return fail('json-limit', `the message holds more than ${MAX_RECORDS} readings and events`, -1)
  if (message.taken > 0 || message.isQuiet) return 0
  return message.refused === undefined
    ? fail('json-value', 'the message holds no value', -1)
    : fail(message.refused[0], message.refused[1], -1)
}

/** What one message has given so far. Readings go to the sink at once: it takes them back if the message is refused. */
class Message {
  taken = 0
  /** It told that nothing has happened. */
  isQuiet = false
  refused: readonly [reason: string, detail: string] | undefined
  readonly #context: MessageContext
  readonly #sink: ReadingSink

  constructor(context: MessageContext, sink: ReadingSink) {
    this.#context = context
    this.#sink = sink
  }

  get isFull(): boolean {
    return this.taken > MAX_RECORDS
  }

  take(record: Node, o: JsonOptions, where: string): undefined {
    const measuredAt = timeOf(at(record, o.time), o)
    if (measuredAt === undefined)
      return this.#refuse(
        'json-time',
        `${where}${o.time} is neither a number of ${o.timeUnit} nor ISO 8601 with a zone`,
      )
    const device = this.#device(record, o)
    if (device === undefined)
      return this.#refuse('json-device', `${where}${o.device ?? ''} names no device, and the topic neither`)
    if (o.event !== undefined) this.#event(record, o.event, device, measuredAt)
    if (o.values !== undefined) {
      for (const [property, place] of Object.entries(o.values)) {
        const value = at(record, place)
        if (value !== undefined) this.#add(device, property, measuredAt, value, where + place)
      }
    }
    if (o.event !== undefined || o.values !== undefined) return
    const property = this.#property(record, o)
    if (property === '') return this.#flat(record, o, device, measuredAt, where)
    if (property === undefined) return this.#refuse('json-property', `${where}${o.property} names no property`)
    const value = at(record, o.value)
    if (value === undefined) return this.#refuse('json-value', `there is no value at "${where}${o.value}"`)
    this.#add(device, property, measuredAt, value, where + o.value)
  }

  #event(record: Node, o: EventOptions, device: string, measuredAt: number): undefined {
    // One more than may be: the message is refused.
    if (this.taken === MAX_RECORDS) return void this.taken++
    const told = tellEvent(record, o, device, measuredAt, this.#sink)
    if (told === 'nothing') this.isQuiet = true
    else if (told === 'told') this.taken++
    else this.#refuse(...told, 'event')
  }

  #device(record: Node, o: JsonOptions): string | undefined {
    const c = this.#context
    const named = o.device === undefined ? undefined : nameOf(at(record, o.device))
    const name = named ?? utf8(c.topicBytes, c.deviceFrom, c.deviceTo)
    return isDeviceName(name) ? name : undefined
  }

  /** The property that the mapping or the topic names, '' when there is none to name, `undefined` when it is unfit. */
  #property(record: Node, o: JsonOptions): string | undefined {
    const c = this.#context
    if (o.property === undefined) return utf8(c.topicBytes, c.propertyFrom, c.propertyTo)
    const name = nameOf(at(record, o.property))
    return name !== undefined && isPropertyName(name) ? name : undefined
  }

  #flat(record: Node, o: JsonOptions, device: string, measuredAt: number, where: string): undefined {
    if (!(record instanceof Map))
      return this.#refuse('json-shape', `"${where}" is not an object and no property is named`)
    const used = [o.time, o.device].map((p) => (p === undefined ? undefined : tokensOf(p)[0]))
    for (const [key, value] of record) {
      if (used.includes(key) || o.ignore.includes(key)) continue
      if (isPropertyName(key)) this.#add(device, key, measuredAt, value, `${where}/${key}`)
      else this.#refuse('json-name', `${JSON.stringify(key.slice(0, 80))} cannot name a property`)
    }
  }

  #add(device: string, property: string, measuredAt: number, value: Node, where: string): undefined {
    if (typeof value === 'string' || value instanceof BigInteger) {
      this.taken++
      this.#sink.state(device, property, measuredAt, typeof value === 'string' ? value : value.text)
    } else if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) {
      this.taken++
      const series = this.#sink.seriesByName(device, property)
      if (series >= 0) this.#sink.add(series, measuredAt, Number(value), 0)
    } else if (value === null) this.#refuse('json-null', `${where} is null`)
    else if (typeof value === 'number') this.#refuse('json-range', `${where} is too large`)
    else this.#refuse('json-nested', `${where} is an array or object`)
  }

  #refuse(reason: string, detail: string, what?: 'event'): undefined {
    this.refused ??= [reason, detail]
    this.#sink.reject(reason, detail, what)
  }
}

/** Epoch ms, NaN when there is no time, `undefined` when there is one that cannot be read. */
function timeOf(node: Node | undefined, o: JsonOptions): number | undefined {
  if (node === undefined || node === null) return Number.NaN
  let ms = Number.NaN
  if (typeof node === 'number') ms = timeOfNumber(node, o.timeUnit)
  else if (node instanceof BigInteger) ms = timeOfNumber(Number(node.text), o.timeUnit)
  else if (typeof node === 'string') ms = timeOfText(node)
  return ms >= 0 ? ms : undefined
}
