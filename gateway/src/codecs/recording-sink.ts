import { type NewEvent, seriesIdText } from '@quartier/contracts'
import type { RemovalKind } from '@quartier/contracts/privacy'
import { utf8 } from './bytes.ts'
import type { CodecState, MessageContext, PrivacyDoor, ReadingSink } from './codec.ts'

export interface RecordedReading {
  readonly device: string
  readonly property: string
  readonly measuredAt: number
  readonly value: number
  readonly quality: number
  readonly unit?: string
}

interface Series {
  readonly device: string
  readonly property: string
  unit?: string
}

/** A sink for tests: keeps what it is given in plain lists. Devices for which `allow` says no get the handle -1. */
export class RecordingSink implements ReadingSink {
  readonly readings: RecordedReading[] = []
  readonly states: { device: string; property: string; measuredAt: number; text: string }[] = []
  readonly events: NewEvent[] = []
  readonly rejects: { reason: string; detail: string }[] = []
  readonly removed: { camera: string; kind: RemovalKind; count: number }[] = []
  readonly plates: string[] = []
  readonly privacy: PrivacyDoor = {
    plateToken: (_device, _at, plate) => {
      this.plates.push(plate)
      return `token-${this.plates.length}`
    },
    removed: (camera, kind, count) => void this.removed.push({ camera, kind, count }),
  }
  readonly #remembered = new Map<string, CodecState>()
  readonly #series: Series[] = []
  readonly #allow: (device: string) => boolean

  constructor(allow: (device: string) => boolean = () => true) {
    this.#allow = allow
  }

  series(d: Uint8Array, dFrom: number, dTo: number, p: Uint8Array, from: number, to: number): number {
    return this.seriesByName(utf8(d, dFrom, dTo), utf8(p, from, to))
  }

  seriesByName(device: string, property: string, unit?: string): number {
    const named = unit === undefined ? { device, property } : { device, property, unit }
    return this.#allow(device) ? this.#series.push(named) - 1 : -1
  }

  seriesById(lo: number, hi: number): number {
    return this.seriesByName('by-id', seriesIdText({ lo, hi }))
  }

  /** Series that are defined, as "device/property". */
  readonly defined = new Set<string>()

  isDefined(device: string, property: string): boolean {
    return this.defined.has(`${device}/${property}`)
  }

  unit(series: number, bytes: Uint8Array, from: number, to: number): void {
    const named = this.#series[series]
    if (named) named.unit = utf8(bytes, from, to)
  }

  add(series: number, measuredAt: number, value: number, quality: number): void {
    const named = this.#series[series]
    if (named === undefined) throw new Error(`add: there is no series ${series}`)
    if (!Number.isFinite(value)) throw new Error(`add: ${value} is not finite`)
    this.readings.push({ ...named, measuredAt, value, quality })
  }

  state(device: string, property: string, measuredAt: number, text: string): void {
    this.states.push({ device, property, measuredAt, text })
  }

  event(event: NewEvent): void {
    if (this.#allow(event.device)) this.events.push(event)
  }

  readonly sent: { mqttTopic: string; payload: Uint8Array }[] = []
  /** Whether the gateway sends what is asked for. */
  sends = true

  again(series: number): number {
    return this.#allow(this.#series[series]?.device ?? '') ? series : -1
  }

  send(mqttTopic: string, payload: Uint8Array): boolean {
    if (this.sends) this.sent.push({ mqttTopic, payload })
    return this.sends
  }

  recall(key: string): CodecState {
    const known = this.#remembered.get(key) ?? { value: undefined, wakeAt: Number.POSITIVE_INFINITY, keep() {} }
    this.#remembered.set(key, known)
    return known
  }

  reject(reason: string, detail: string): void {
    this.rejects.push({ reason, detail })
  }
}

/** A context of a topic that the codec takes apart itself. */
export const contextOfTopic = (mqttTopic: string, receivedAt = 1_700_000_000_000): MessageContext => ({
  ...contextOf('', '', receivedAt),
  mqttTopic,
  topicBytes: new TextEncoder().encode(mqttTopic),
})

/** A context for tests, as a route would make it. */
export function contextOf(device: string, property: string, receivedAt = 1_700_000_000_000): MessageContext {
  const topicBytes = new TextEncoder().encode(`${device}/${property}`)
  const deviceTo = Buffer.byteLength(device)
  const mqttTopic = `t/test/d/${device}/${property}`
  return {
    mqttTopic,
    topicBytes,
    deviceFrom: 0,
    deviceTo,
    propertyFrom: deviceTo + 1,
    propertyTo: topicBytes.length,
    receivedAt,
  }
}
