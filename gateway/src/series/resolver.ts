import { parseSeriesKey } from '@quartier/contracts'
import type { Access } from '../access.ts'
import type { Rejection } from '../codecs/codec.ts'
import type { TopicEntry } from '../topics/topic-entry.ts'
import { isText } from '../wire/packets.ts'
import type { Catalog } from './catalog.ts'
import { COLLISION, QUARANTINED, UNDEFINED, UNKNOWN } from './table.ts'

export interface ResolverSettings {
  readonly seriesLimit: number
  readonly quarantineUnknown: boolean
}

const KEY_BYTES = 400
/** Series of one topic whose order is remembered. */
const REMEMBERED = 512
const HANDLE_BYTES = 8
const SLASH = 47

/** Finds the series that a message names, and whether its sender may write to it. */
export class SeriesResolver {
  /** Why the last answer was -1. */
  refusal: Rejection = { reason: '', detail: '' }
  #access!: Access
  #entry!: TopicEntry
  #nth = 0
  #source = ''
  #sourceBytes = 0
  readonly #key = Buffer.alloc(KEY_BYTES * 3)
  readonly #catalog: Catalog
  readonly #settings: ResolverSettings

  constructor(catalog: Catalog, settings: ResolverSettings) {
    this.#catalog = catalog
    this.#settings = settings
  }

  begin(access: Access, entry: TopicEntry): void {
    this.#access = access
    this.#entry = entry
    this.#nth = 0
  }

  /** The handle of the series of this device and property, slices `[from, to)` of UTF-8; -1 when it may not be used. */
  byName(d: Uint8Array, dFrom: number, dTo: number, p: Uint8Array, from: number, to: number): number {
    const e = this.#entry
    const ownDevice = d === e.topicBytes && dFrom === e.deviceFrom && dTo === e.deviceTo
    if (ownDevice && p === d && from === e.propertyFrom) {
      if (e.series < 0) e.series = this.#find(d, dFrom, dTo, p, from, to, true)
      return this.#usable(e.series)
    }
    // Messages of one topic name the same series in the same order: comparing is cheaper than hashing.
    const nth = this.#nth++
    const likely = nth < e.sequence.length ? (e.sequence[nth] as number) : -1
    if (likely >= 0 && this.#catalog.table.isNamed(likely, e.sourceBytes, d, dFrom, dTo, p, from, to))
      return this.#usable(likely)
    const h = this.#find(d, dFrom, dTo, p, from, to, ownDevice)
    if (h >= 0 && nth <= e.sequence.length && nth < REMEMBERED) {
      if (nth === e.sequence.length) this.#access.topics.charge(HANDLE_BYTES)
      e.sequence[nth] = h
    }
    return this.#usable(h)
  }

  /** Whether the series is defined already; nothing is begun, refused or counted. */
  isDefined(d: Uint8Array, p: Uint8Array): boolean {
    const length = this.#writeKey(d, 0, d.length, p, 0, p.length)
    const { table } = this.#catalog
    const h = length === 0 ? UNKNOWN : table.find(this.#key, 0, length)
    return h >= 0 && ((table.flags[h] as number) & UNDEFINED) === 0
  }

  byId(lo: number, hi: number): number {
    const { table } = this.#catalog
    const h = table.findId(lo, hi)
    if (h < 0 || (table.flags[h] as number) & UNDEFINED)
      return this.#refuse('series-unknown', 'no series with this id is defined')
    if (this.#access.isCleared(h)) return this.#usable(h)
    const key = parseSeriesKey(table.keyOf(h))
    if (key?.source !== this.#entry.source || !this.#access.maySpeakFor(key.device))
      return this.#refuse('device-not-allowed', 'the principal may not speak for the device of this series')
    if (!this.#access.anySource) this.#access.clear(h)
    return this.#usable(h)
  }

  /** A handle that an earlier message of the same source has found, perhaps of another principal. */
  again(h: number): number {
    if (this.#access.allDevices || this.#access.isCleared(h)) return this.#usable(h)
    const device = parseSeriesKey(this.#catalog.table.keyOf(h))?.device ?? ''
    if (!this.#access.maySpeakFor(device))
      return this.#refuse('device-not-allowed', `the principal may not speak for "${device.slice(0, 80)}"`)
    this.#access.clear(h)
    return this.#usable(h)
  }

  #usable(h: number): number {
    if (h < 0) return -1
    const flags = this.#catalog.table.flags[h] as number
    if (flags < QUARANTINED) return h
    const reason = flags & QUARANTINED ? 'quarantined' : 'series-retired'
    return this.#refuse(reason, `the series ${this.#catalog.table.keyOf(h)} is not in use`)
  }

  #find(d: Uint8Array, dFrom: number, dTo: number, p: Uint8Array, from: number, to: number, own: boolean): number {
    const length = this.#writeKey(d, dFrom, dTo, p, from, to)
    if (length === 0) return this.#refuse('series-name', 'the name of the device or property cannot be used')
    const h = this.#catalog.table.find(this.#key, 0, length)
    if (h >= 0 && (own || this.#access.allDevices || this.#access.isCleared(h))) return h
    if (h === COLLISION) {
      this.#catalog.collide(this.#key.toString('utf8', 0, length))
      return this.#refuse('series-collision', 'another series has the same id')
    }
    const device = Buffer.from(d.buffer, d.byteOffset + dFrom, dTo - dFrom).toString()
    if (!own && !this.#access.maySpeakFor(device))
      return this.#refuse('device-not-allowed', `the principal may not speak for "${device.slice(0, 80)}"`)
    const handle = h === UNKNOWN ? this.#meet(length) : h
    if (handle >= 0 && !own) this.#access.clear(handle)
    return handle
  }

  /** Puts the key together; returns its length, 0 when a part is empty, too long, or a property with a "/". */
  #writeKey(d: Uint8Array, dFrom: number, dTo: number, p: Uint8Array, from: number, to: number): number {
    const key = this.#key
    if (this.#source !== this.#entry.source) {
      this.#source = this.#entry.source
      this.#sourceBytes = key.write(this.#source, 0)
    }
    let at = this.#sourceBytes
    if (dFrom === dTo || from === to || at + dTo - dFrom + to - from + 2 > KEY_BYTES) return 0
    key[at++] = SLASH
    for (let i = dFrom; i < dTo; i++) key[at++] = d[i] as number
    key[at++] = SLASH
    for (let i = from; i < to; i++) {
      if (p[i] === SLASH) return 0
      key[at++] = p[i] as number
    }
    return at
  }

  /** A series that nobody has sent before; its key stands in the scratch buffer. */
  #meet(length: number): number {
    const { table } = this.#catalog
    const access = this.#access
    if (!isName(this.#key, length))
      return this.#refuse('series-name', 'the name of the device or property cannot be used')
    if (table.count >= this.#settings.seriesLimit || access.share.newSeries >= access.seriesLimit)
      return this.#refuse('series-limit', 'there are too many series')
    access.share.newSeries++
    const h = table.insert(this.#key, 0, length, UNDEFINED)
    if (this.#settings.quarantineUnknown) this.#catalog.quarantine(h, access, '', this.#entry.isPersonal)
    return h
  }

  #refuse(reason: string, detail: string): number {
    this.refusal = { reason, detail }
    return -1
  }
}

/** Text without control characters. */
function isName(key: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if ((key[i] as number) < 32 || key[i] === 127) return false
  return isText(key, 0, length)
}
