import { type AttributeValue, EVENT_ATTRIBUTES, type EventAttributes, type NewEvent } from '@quartier/contracts'
import { REMOVAL_KINDS, type RemovalKind } from '@quartier/contracts/privacy'
import { utf8 } from '../codecs/bytes.ts'
import type { CodecState, PrivacyDoor, ReadingSink } from '../codecs/codec.ts'
import { cleanName, hasMac } from './scrub.ts'

/** What the guard asks of the firewall around it. */
export interface GuardOffice {
  /** A sealed token, or '' when there is no key. */
  token(device: string, measuredAt: number, plate: string): string
  /** Another name for what the sender calls a happening, the same all day; `undefined` when there is no key. */
  name(id: string): string | undefined
}

const MAX_CAMERAS = 64
const MAC_KIND = REMOVAL_KINDS.indexOf('mac')
const PLATE_KIND = REMOVAL_KINDS.indexOf('plate')
const TEXT_KIND = REMOVAL_KINDS.indexOf('text')
const OTHER_KIND = REMOVAL_KINDS.indexOf('other')

/** Numbers under such names may stand for somebody. */
const NUMBERS_OF_PEOPLE =
  /id$|number|card|badge|person|people|employee|user|holder|name|phone|mobile|plate|mac|passport|pin|code|birth|age/i

/** States that say something about a thing and nothing about anybody. */
const STATES = new Set(
  (
    'on off open opened closed closing opening locked unlocked active inactive idle running stopped starting ready busy ' +
    'online offline available unavailable enabled disabled ok good normal fault faulty failed error warning alarm ' +
    'true false yes no high low medium empty full occupied free vacant clear unknown none auto manual day night ' +
    'up down left right in out motion quiet lost connected disconnected unclear dark bright blurry'
  ).split(' '),
)

/**
 * Stands between the codecs of personal sources and the batch: lets numbers through, words only where they are about
 * things, tokens in place of plates, and counts what it keeps back. A codec that forgets something is caught here.
 */
export class GuardedSink implements ReadingSink, PrivacyDoor {
  readonly privacy: PrivacyDoor = this
  /** What was removed from the current message, by camera; nearly always of one. */
  readonly #cameras: string[] = []
  readonly #counts: Uint32Array[] = []
  readonly #tokens = new Set<string>()
  readonly #inner: ReadingSink
  readonly #office: GuardOffice

  constructor(inner: ReadingSink, office: GuardOffice) {
    this.#inner = inner
    this.#office = office
  }

  begin(): void {
    if (this.#cameras.length > 0) {
      for (let i = 0; i < this.#cameras.length; i++) this.#counts[i]?.fill(0)
      this.#cameras.length = 0
    }
    if (this.#tokens.size > 0) this.#tokens.clear()
  }

  /** Tells what was removed from the current message; counts are by place in REMOVAL_KINDS, and not to be kept. */
  tellRemoved(tell: (camera: string, counts: Uint32Array) => void): void {
    for (let i = 0; i < this.#cameras.length; i++) tell(this.#cameras[i] as string, this.#counts[i] as Uint32Array)
  }

  plateToken(device: string, measuredAt: number, plate: string): string {
    const token = this.#office.token(device, measuredAt, plate)
    if (token !== '') this.#tokens.add(token)
    return token
  }

  removed(camera: string, kind: RemovalKind, count: number): void {
    this.#remove(camera, REMOVAL_KINDS.indexOf(kind), count)
  }

  series(d: Uint8Array, dFrom: number, dTo: number, p: Uint8Array, from: number, to: number): number {
    if (!isShort(d, dFrom, dTo) && hasMac(utf8(d, dFrom, dTo))) return this.#refuseMac()
    if (!isShort(p, from, to) && hasMac(utf8(p, from, to))) return this.#refuseMac()
    return this.#inner.series(d, dFrom, dTo, p, from, to)
  }

  seriesByName(device: string, property: string, unit?: string): number {
    if (hasMac(device) || hasMac(property)) return this.#refuseMac()
    return this.#inner.seriesByName(device, property, unit)
  }

  seriesById(lo: number, hi: number): number {
    return this.#inner.seriesById?.(lo, hi) ?? -1
  }

  isDefined(device: string, property: string): boolean {
    return this.#inner.isDefined?.(device, property) ?? false
  }

  unit(series: number, bytes: Uint8Array, from: number, to: number): void {
    this.#inner.unit?.(series, bytes, from, to)
  }

  add(series: number, measuredAt: number, value: number, quality: number): void {
    this.#inner.add(series, measuredAt, value, quality)
  }

  state(device: string, property: string, measuredAt: number, text: string): void {
    if (hasMac(device) || hasMac(property)) this.#refuseMac()
    else if (STATES.has(text.toLowerCase())) this.#inner.state(device, property, measuredAt, text)
    else this.#remove(cleanName(device), hasMac(text) ? MAC_KIND : TEXT_KIND, 1)
  }

  event(event: NewEvent): void {
    if (hasMac(event.device)) {
      this.#refuseMac()
      return
    }
    const { device, kind, measuredAt, id, severity, attributes, asset, quality, dataClass } = event
    this.#inner.event({
      device,
      kind,
      measuredAt,
      id: id === undefined ? undefined : this.#office.name(id),
      severity,
      attributes: attributes && this.#clean(device, attributes),
      asset: asset === undefined || cleanName(asset) !== asset ? undefined : asset,
      quality,
      dataClass,
    })
  }

  reject(reason: string, _detail: string, what?: 'event'): void {
    // What a codec found wrong may quote the payload.
    this.#inner.reject(reason, 'left out: the source is a personal one', what)
  }

  recall(key: string): CodecState | undefined {
    return this.#inner.recall?.(key)
  }

  again(series: number): number {
    return this.#inner.again?.(series) ?? -1
  }

  send(mqttTopic: string, payload: Uint8Array): boolean {
    return this.#inner.send?.(mqttTopic, payload) ?? false
  }

  /** Words only under names whose meaning is known, and clean; a token only if it is one of ours; measured values. */
  #clean(device: string, attributes: EventAttributes): EventAttributes {
    let clean: Record<string, AttributeValue | undefined> | undefined
    for (const name in attributes) {
      const value = attributes[name]
      if (value === undefined) continue
      const kept = this.#cleanValue(device, name, value)
      if (kept === value) continue
      clean ??= { ...attributes }
      clean[name] = kept
    }
    return clean ?? attributes
  }

  #cleanValue(device: string, name: string, value: AttributeValue): AttributeValue | undefined {
    const isKnown = Object.hasOwn(EVENT_ATTRIBUTES, name)
    if (typeof value !== 'string') {
      if (isKnown || (cleanName(name) === name && !NUMBERS_OF_PEOPLE.test(name))) return value
      this.#remove(device, OTHER_KIND, 1)
      return undefined
    }
    if (!isKnown) {
      this.#remove(device, OTHER_KIND, 1)
      return undefined
    }
    if (name === 'plateToken') {
      if (this.#tokens.has(value)) return value
      this.#remove(device, PLATE_KIND, 1)
      return undefined
    }
    const word = cleanName(value)
    if (word !== value) this.#remove(device, TEXT_KIND, 1)
    return word === '' ? undefined : word
  }

  #refuseMac(): -1 {
    this.#remove('', MAC_KIND, 1)
    this.#inner.reject('privacy-mac', 'a hardware address was not taken in')
    return -1
  }

  #remove(camera: string, kind: number, count: number): void {
    let at = this.#cameras.indexOf(camera)
    if (at < 0) {
      // Beyond some, they count as none that was named.
      const name = this.#cameras.length < MAX_CAMERAS ? camera : ''
      at = name === camera ? this.#cameras.push(name) - 1 : 0
      this.#counts[at] ??= new Uint32Array(REMOVAL_KINDS.length)
    }
    const counts = this.#counts[at] as Uint32Array
    counts[kind] = (counts[kind] as number) + count
  }
}

/** Too short for a hardware address, as most names are. */
const isShort = (b: Uint8Array, from: number, to: number): boolean => to - from < 12 || !hasDigitOrColon(b, from, to)

function hasDigitOrColon(b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = b[i] as number
    if ((c >= 0x30 && c <= 0x3a) || c === 0x2d) return true
  }
  return false
}
