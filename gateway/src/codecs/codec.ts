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
  /** The unit that the payload gives for a series, UTF-8; defines the series when it is new. Asked before each reading. */
  unit?(series: number, bytes: Uint8Array, from: number, to: number): void
  /** One reading. `measuredAt` is epoch ms, NaN when the payload names no time; `value` finite; `quality` as in contracts. */
  add(series: number, measuredAt: number, value: number, quality: number): void
  /** A text or enumeration state, also integers beyond 2^53. */
  state(device: string, property: string, measuredAt: number, text: string): void
  /** One reading of an otherwise good message is unusable: counted and kept aside, the rest goes on. */
  reject(reason: string, detail: string): void
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
}

/** Why a whole message is refused: a stable word and a sentence that says what was wrong and where. */
export interface Rejection {
  readonly reason: string
  readonly detail: string
}

/**
 * One payload format. Pure: no I/O, no state outside the sink, never throws, time and memory bounded by the payload's
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
}

/**
 * Which codec reads which MQTT topics. `filter` is a topic filter in which `{device}` and `{property}` stand for one
 * level each and `{device+}` for one or more; the first route that matches wins.
 */
export interface Route {
  readonly filter: string
  readonly codec: string
  /** Options of the codec, such as a JSON mapping. */
  readonly options?: Readonly<Record<string, unknown>>
}
