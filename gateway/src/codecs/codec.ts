import type { NewEvent } from '@quartier/contracts'
import type { RemovalKind } from '@quartier/contracts/privacy'

/**
 * Where a codec puts what it finds. A series is resolved once and then named by its handle. Nothing that a codec
 * adds counts until its `decode` returns without a rejection: the sink takes back what a refused message added.
 */
export interface ReadingSink {
  /**
   * The handle (≥ 0) of the series `source/device/property`, where the source is the principal's; -1 when the principal
   * may not speak for the device or the series is quarantined: the sink has then counted the reason.
   * Both slices are UTF-8 bytes `[from, to)`. The hot way: no strings are made.
   */
  series(
    device: Uint8Array,
    deviceFrom: number,
    deviceTo: number,
    property: Uint8Array,
    from: number,
    to: number,
  ): number
  /** The same from strings; `unit` defines the series when it is new. */
  seriesByName(device: string, property: string, unit?: string): number
  /**
   * The same from a 64-bit series id; -1 also when no such series of the principal's source is defined yet. A sink
   * without it takes no payloads that name series by id.
   */
  seriesById?(lo: number, hi: number): number
  /** Whether the series is defined already: a reading of it begins none. Counts nothing. */
  isDefined?(device: string, property: string): boolean
  /** The unit that the payload gives for a series, UTF-8; defines the series when it is new. Asked before each reading. */
  unit?(series: number, bytes: Uint8Array, from: number, to: number): void
  /** One reading. `measuredAt` is epoch ms, NaN when the payload names no time; `value` finite; `quality` as in contracts. */
  add(series: number, measuredAt: number, value: number, quality: number): void
  /** A text or enumeration state, also integers beyond 2^53. */
  state(device: string, property: string, measuredAt: number, text: string): void
  /**
   * Something that happened. One that cannot be kept, because the principal may not speak for its device or an attribute
   * has the wrong type, is counted and kept aside like a reading; the rest of the message goes on.
   */
  event(event: NewEvent): void
  /** One reading (or `event`) of an otherwise good message is unusable: counted and kept aside, the rest goes on. */
  reject(reason: string, detail: string, what?: 'event'): void
  /**
   * What the codec remembers under `key`, one per codec, source and key: the same object as long as the process lives.
   * `undefined` when there are too many, or where nothing is remembered. For codecs with a {@link Codec.memory}.
   */
  recall?(key: string): CodecState | undefined
  /** A handle of an earlier message once more: itself, or -1 when the principal may not use it now (counted as in `series`). */
  again?(series: number): number
  /**
   * Answers the sender, such as with a command to tell everything anew; QoS 0, not retained. False when it is not sent,
   * because nothing may be or the gateway has sent enough for now: ask again later.
   */
  send?(mqttTopic: string, payload: Uint8Array): boolean
  /**
   * What a codec with {@link Codec.personal} does with things that identify somebody. Where it is absent they are left
   * out without a trace: nothing personal passes by mistake.
   */
  readonly privacy?: PrivacyDoor
}

/** Where what identifies people ends: it is turned into something else, or counted as removed. */
export interface PrivacyDoor {
  /**
   * A keyed token in place of a plate, which is removed with it; '' when the plate is empty. Equal plates have equal
   * tokens until the platform day ends, which only those can see who hold the key of that day.
   */
  plateToken(device: string, measuredAt: number, plate: string): string
  /** `count` things of a kind were left out of a message of this camera; counts when the message is accepted. */
  removed(device: string, kind: RemovalKind, count: number): void
}

/**
 * What is remembered of one sender between messages: an edge node's aliases, a camera's counters, a bridge's devices.
 * A codec keeps no other state, so that the same messages after the same state give the same result.
 */
export interface CodecState {
  /** What the codec put here, or restored from an earlier process; `undefined` at first. */
  value: unknown
  /** Instant, platform clock, at which {@link CodecMemory.wake} is to be called; Infinity for never. */
  wakeAt: number
  /** Says that `value` has changed so that a restart must know. Saved with the next batch, and at most once a second. */
  keep(): void
}

/** How a codec's states survive a restart, and what it does when nothing comes. */
export interface CodecMemory {
  /** The bytes of a value, ≤ 256 KiB. */
  save(value: unknown): Uint8Array
  /** The value of such bytes; `undefined` when they are of another version or broken: it then begins anew. */
  restore(bytes: Uint8Array, key: string): unknown
  /**
   * The instant `wakeAt` has come. May change the state, answer by `send`, and return messages that are then taken in
   * as if the last sender had published them.
   */
  wake?(key: string, state: CodecState, now: number, send: NonNullable<ReadingSink['send']>): readonly Inward[]
}

/** A message that the gateway takes in on behalf of a sender that cannot speak any more. */
export interface Inward {
  readonly mqttTopic: string
  readonly payload: Uint8Array
}

/** What surrounds a payload. `device` is the device named by the MQTT topic, empty when the topic names none. */
export interface MessageContext {
  readonly mqttTopic: string
  /** Bytes of the device and the property in the topic; an empty slice where the route has none. */
  readonly topicBytes: Uint8Array
  readonly deviceFrom: number
  readonly deviceTo: number
  readonly propertyFrom: number
  readonly propertyTo: number
  /** Platform clock, epoch ms. */
  readonly receivedAt: number
  /** For the codec: what it has worked out about this MQTT topic. May be forgotten between two messages. */
  memo?: unknown
}

/** Why a whole message is refused: a stable word and a sentence that says what was wrong and where. */
export interface Rejection {
  readonly reason: string
  readonly detail: string
}

/**
 * One payload format. Pure: no I/O, no state but what the sink recalls, never throws, time and memory bounded by the payload's
 * length. Limits before parsing: payload ≤ 256 KiB, ≤ 5,000 records, depth ≤ 16, string ≤ 8 KiB.
 */
export interface Codec {
  readonly name: string
  /** Reads `payload[from, to)`; returns a rejection when nothing of it can be used. */
  decode(
    payload: Uint8Array,
    from: number,
    to: number,
    context: MessageContext,
    sink: ReadingSink,
  ): Rejection | undefined
  /** Which topics of its route the codec reads; the others are plain MQTT, such as commands. Default: all. */
  reads?(mqttTopic: string): boolean
  /** Of codecs that remember something between messages. */
  readonly memory?: CodecMemory
  /**
   * Its payloads may hold what identifies people: nothing raw of them is handed on, retained, logged or set aside, and
   * the sink that it is given has a {@link PrivacyDoor}.
   */
  readonly personal?: boolean
  /**
   * What subscribers get in place of a message that was accepted, of a personal codec: one without what could identify
   * anybody. `undefined`: nothing of it is handed on.
   */
  copy?(payload: Uint8Array, from: number, to: number, context: MessageContext): Uint8Array | undefined
}

/**
 * Which codec reads which MQTT topics. `filter` is a topic filter in which `{source}`, `{device}` and `{property}` stand
 * for one level each, `{device+}` for one or more at the end, `+` for any level and `#` for any levels at the end; the
 * first route that matches wins. Topics that name no source speak for that of the principal.
 */
export interface Route {
  readonly filter: string
  readonly codec: string
  /** Source of what clients without a name send to topics that name none; default: the codec's name. */
  readonly source?: string
  /** Options of the codec, such as a JSON mapping. */
  readonly options?: Readonly<Record<string, unknown>>
}
