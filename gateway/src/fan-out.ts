import type { TopicEntry } from './topics/topic-entry.ts'
import { TopicTree } from './topics/tree.ts'
import { lengthBytes, writeLength } from './wire/packets.ts'

/** A connection that reads what it subscribed to. */
export interface Reader {
  readonly waitingBytes: number
  send(bytes: Buffer): void
}

class Subscriber {
  readonly reader: Reader
  readonly filters = new Set<string>()
  /** Packets of this round, sent together. */
  buffer = Buffer.allocUnsafeSlow(4096)
  length = 0

  constructor(reader: Reader) {
    this.reader = reader
  }
}

const ROUND_BYTES = 65_536

/**
 * Subscribers of telemetry topics, served straight from the raw bytes at QoS 0. A reader that falls behind by more
 * than its bound loses messages, which are counted; nobody else notices.
 */
export class FanOut {
  readonly stats = { delivered: 0, dropped: 0 }
  size = 0
  #version = 0
  #tree = new TopicTree<Subscriber>()
  readonly #subscribers = new Map<Reader, Subscriber>()
  readonly #boundBytes: number
  #dirty: Subscriber[] = []

  constructor(boundBytes: number) {
    this.#boundBytes = boundBytes
  }

  subscribe(reader: Reader, filter: string): void {
    const s = this.#subscribers.get(reader) ?? new Subscriber(reader)
    this.#subscribers.set(reader, s)
    if (s.filters.has(filter)) return
    s.filters.add(filter)
    this.#tree.add(filter, s)
    this.#changed()
  }

  unsubscribe(reader: Reader, filter: string): void {
    const s = this.#subscribers.get(reader)
    if (!s?.filters.delete(filter)) return
    this.#tree.remove(filter, s)
    if (s.filters.size === 0) this.#subscribers.delete(reader)
    this.#changed()
  }

  /** The reader has gone. */
  forget(reader: Reader): void {
    const s = this.#subscribers.get(reader)
    if (!s) return
    for (const filter of s.filters) this.#tree.remove(filter, s)
    this.#subscribers.delete(reader)
    this.#changed()
  }

  /** Sends `payload[from, to)`, published on the topic of `entry`, to whoever listens. */
  deliver(entry: TopicEntry, payload: Buffer, from: number, to: number): void {
    for (const s of this.#listening(entry, entry.topicBytes)) this.#append(s, entry.topicBytes, payload, from, to)
  }

  /**
   * The same of a topic whose messages may identify people: sends what `copy` makes of the message, under a topic that
   * tells nothing either. Nothing is copied while nobody listens.
   */
  deliverCopy(entry: TopicEntry, copy: () => Uint8Array | undefined): void {
    const { openBytes } = entry
    if (openBytes === undefined) return
    const listening = this.#listening(entry, openBytes)
    const payload = listening.length > 0 ? copy() : undefined
    if (payload) for (const s of listening) this.#append(s, openBytes, payload, 0, payload.length)
  }

  #listening(entry: TopicEntry, topic: Buffer): readonly Subscriber[] {
    if (entry.subscribersAt !== this.#version) {
      entry.subscribers = [...this.#tree.match(topic.toString())]
      entry.subscribersAt = this.#version
    }
    return entry.subscribers as readonly Subscriber[]
  }

  #append(s: Subscriber, topic: Buffer, payload: Uint8Array, from: number, to: number): void {
    const body = 2 + topic.length + to - from
    const size = 1 + lengthBytes(body) + body
    if (s.reader.waitingBytes + s.length + size > this.#boundBytes) {
      this.stats.dropped++
      return
    }
    if (s.length + size > s.buffer.length) this.#makeRoom(s, size)
    if (s.length === 0) this.#schedule(s)
    const b = s.buffer
    b[s.length] = 0x30
    let at = writeLength(b, s.length + 1, body)
    at = b.writeUInt16BE(topic.length, at)
    b.set(topic, at)
    b.set(payload.subarray(from, to), at + topic.length)
    s.length += size
    this.stats.delivered++
  }

  #makeRoom(s: Subscriber, size: number): void {
    if (s.length + size <= ROUND_BYTES) {
      const bigger = Buffer.allocUnsafeSlow(Math.min(ROUND_BYTES, Math.max(s.buffer.length * 2, s.length + size)))
      s.buffer.copy(bigger, 0, 0, s.length)
      s.buffer = bigger
    } else {
      flush(s)
      if (size > s.buffer.length) s.buffer = Buffer.allocUnsafeSlow(size)
    }
  }

  #schedule(s: Subscriber): void {
    if (this.#dirty.length === 0) setImmediate(() => this.#flushAll())
    this.#dirty.push(s)
  }

  #flushAll(): void {
    const dirty = this.#dirty
    this.#dirty = []
    for (const s of dirty) flush(s)
  }

  #changed(): void {
    this.#version++
    this.size = this.#subscribers.size
  }
}

function flush(s: Subscriber): void {
  if (s.length === 0) return
  const bytes = Buffer.from(s.buffer.subarray(0, s.length))
  s.length = 0
  if (s.buffer.length > ROUND_BYTES) s.buffer = Buffer.allocUnsafeSlow(4096)
  s.reader.send(bytes)
}
