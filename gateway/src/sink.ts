import {
  conversionOf,
  converted,
  MARK_GATEWAY_TIME,
  MARK_HISTORICAL,
  MARK_RETAINED,
  MARK_UNTIMED,
  type NewEvent,
  QUALITY_GOOD,
  QUALITY_LEVEL,
  QUALITY_UNCERTAIN,
  seriesIdText,
} from '@quartier/contracts'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import type { ClockCheck } from './clock-check.ts'
import type { Codec, CodecState, ReadingSink, Rejection } from './codecs/codec.ts'
import { EventIntake, type Origin } from './event-intake.ts'
import { NameBytes } from './name-bytes.ts'
import type { Catalog } from './series/catalog.ts'
import { conversionAt } from './series/conversions.ts'
import { type ResolverSettings, SeriesResolver } from './series/resolver.ts'
import { CONVERTED, UNDEFINED } from './series/table.ts'
import type { Tally } from './tally.ts'
import type { TopicEntry } from './topics/topic-entry.ts'

export interface SinkSettings extends ResolverSettings {
  readonly skewAheadMs: number
  readonly skewBackMs: number
}

/** What codecs ask of the gateway beyond their readings. */
export interface SinkServices {
  recall(codec: Codec, source: string, key: string, principal: string): CodecState | undefined
  send(mqttTopic: string, payload: Uint8Array, principal: string): boolean
}

const UNIT_CHARACTERS = 24

/**
 * Where codecs put readings: straight into the columns of the batch that gathers now. What a refused message added is
 * taken back, and every message and reading is counted once, as accepted or by the reason of its rejection.
 */
export class MessageSink implements ReadingSink {
  readonly events: EventIntake
  /** Readings of the current message that were refused one by one, by reason, and the first one in words. */
  readonly refused = new Map<string, number>()
  firstRefusal: Rejection | undefined
  readonly stats = { messages: 0, readings: 0, rejectedMessages: 0, rejectedReadings: 0, skewed: 0, untimed: 0 }
  readonly rejectedBy = new Map<string, number>()
  #entry!: TopicEntry
  #access!: Access
  #receivedAt = 0
  /** What the message's own times are held against, and what stands for those that it lacks. */
  #asOf = 0
  #marks = 0
  #oldest = 0
  #newest = 0
  #rows = 0
  #lastPartition = 0
  #untimed = 0
  /** The last time of the message that was not taken. */
  #refusedAt = Number.NaN
  #untimedIn: Uint32Array
  #starts: Uint32Array
  #stateStarts: Uint32Array
  #states = 0
  #fresh: number[] = []
  #units = new Map<number, string>()
  /** Of the current message, for its events. */
  readonly #origin: { -readonly [K in keyof Origin]: Origin[K] } = {
    access: undefined as never,
    source: '',
    ...{ receivedAt: 0, marks: 0, oldest: 0, newest: 0 },
  }
  readonly #names = new NameBytes()
  readonly #resolver: SeriesResolver
  readonly #committer: Committer
  readonly #catalog: Catalog
  readonly #settings: SinkSettings
  readonly #services: SinkServices
  readonly #clock: ClockCheck

  constructor(
    committer: Committer,
    catalog: Catalog,
    settings: SinkSettings,
    services: SinkServices,
    clock: ClockCheck,
  ) {
    const n = committer.builders.length
    this.#committer = committer
    this.events = new EventIntake(committer.events, n)
    this.#catalog = catalog
    this.#settings = settings
    this.#services = services
    this.#clock = clock
    this.#resolver = new SeriesResolver(catalog, settings)
    this.#untimedIn = new Uint32Array(n)
    this.#starts = new Uint32Array(n)
    this.#stateStarts = new Uint32Array(n)
  }

  /** How far most devices are ahead of our clock, all alike, ms; 0 when they are not. */
  get devicesAheadMs(): number {
    return this.#clock.aheadMs
  }

  /** @param asOf when it came first, of a message that is taken in again; it means then what it meant at that time */
  begin(access: Access, entry: TopicEntry, receivedAt: number, retained: boolean, asOf = receivedAt): void {
    this.#entry = entry
    this.#access = access
    this.#receivedAt = receivedAt
    this.#asOf = asOf
    const { historical } = access.principal
    this.#marks = (retained ? MARK_RETAINED : 0) | (historical ? MARK_HISTORICAL : 0)
    this.#oldest = historical ? Number.NEGATIVE_INFINITY : asOf - this.#settings.skewBackMs
    this.#newest = historical ? Number.POSITIVE_INFINITY : asOf + this.#settings.skewAheadMs
    this.#rows = 0
    this.#states = 0
    this.#refusedAt = Number.NaN
    this.#resolver.begin(access, entry)
    const { builders, states } = this.#committer
    for (let p = 0; p < builders.length; p++) {
      this.#starts[p] = builders[p]?.columns.length as number
      this.#stateStarts[p] = states[p]?.length as number
    }
  }

  series(device: Uint8Array, dFrom: number, dTo: number, property: Uint8Array, from: number, to: number): number {
    const h = this.#resolver.byName(device, dFrom, dTo, property, from, to)
    return h < 0 ? this.#refuseSeries() : h
  }

  seriesByName(device: string, property: string, unit = ''): number {
    const d = this.#names.of(device)
    const p = this.#names.of(property)
    const h = this.series(d, 0, d.length, p, 0, p.length)
    if (unit !== '' && h >= 0 && (this.#catalog.table.flags[h] as number) & UNDEFINED)
      this.#units.set(h, unit.slice(0, UNIT_CHARACTERS))
    return h
  }

  isDefined(device: string, property: string): boolean {
    return this.#resolver.isDefined(this.#names.of(device), this.#names.of(property))
  }

  seriesById(lo: number, hi: number): number {
    const h = this.#resolver.byId(lo, hi)
    return h < 0 ? this.#refuseSeries() : h
  }

  again(series: number): number {
    const h = this.#resolver.again(series)
    return h < 0 ? this.#refuseSeries() : h
  }

  recall(key: string): CodecState | undefined {
    const { codec, source } = this.#entry
    return codec && this.#services.recall(codec, source, key, this.#access.principal.name)
  }

  send(mqttTopic: string, payload: Uint8Array): boolean {
    return this.#services.send(mqttTopic, payload, this.#access.principal.name)
  }

  unit(series: number, bytes: Uint8Array, from: number, to: number): void {
    if ((this.#catalog.table.flags[series] as number) & UNDEFINED && !this.#units.has(series))
      this.#units.set(series, Buffer.from(bytes.subarray(from, to)).toString().slice(0, UNIT_CHARACTERS))
  }

  add(series: number, measuredAt: number, value: number, quality: number): void {
    if (series < 0) return
    const { table } = this.#catalog
    const flags = table.flags[series] as number
    const v =
      (flags & (UNDEFINED | CONVERTED)) === 0 ? value : this.#inCanonicalUnit(series, flags, value, measuredAt, quality)
    if (!Number.isFinite(v)) {
      this.reject('not-finite', 'a value is not a finite number')
      return
    }
    const partition = table.partition[series] as number
    let q = quality | this.#marks
    let at = Math.round(measuredAt)
    if (!(at >= this.#oldest && at <= this.#newest)) {
      // What is sent as history may be as old as it likes.
      if (!(q & MARK_HISTORICAL && at >= 0 && at < this.#oldest)) {
        q = this.#replaceTime(at, q, partition)
        at = this.#asOf
      }
    }
    if (flags & UNDEFINED) this.#fresh.push(series)
    this.#rows++
    this.#lastPartition = partition
    const builder = this.#committer.builders[partition]
    builder?.add(table.lo[series] as number, table.hi[series] as number, at, this.#receivedAt, v, q)
  }

  state(device: string, property: string, measuredAt: number, text: string): void {
    const h = this.seriesByName(device, property)
    if (h < 0) return
    const { table } = this.#catalog
    if ((table.flags[h] as number) & UNDEFINED) this.#fresh.push(h)
    const at = Math.round(measuredAt)
    const timed = at >= this.#oldest && at <= this.#newest
    this.#states++
    this.#committer.bytes += text.length + 200
    this.#committer.states[table.partition[h] as number]?.push({
      id: seriesIdText({ lo: table.lo[h] as number, hi: table.hi[h] as number }),
      key: table.keyOf(h),
      measuredAt: timed ? at : this.#asOf,
      receivedAt: this.#receivedAt,
      text,
      quality: this.#marks | (timed ? 0 : Number.isNaN(at) ? MARK_UNTIMED : MARK_GATEWAY_TIME | QUALITY_UNCERTAIN),
    })
  }

  event(event: NewEvent): void {
    const refusal = this.events.take(this.#originOfMessage(), event)
    if (refusal) this.firstRefusal ??= refusal
  }

  reject(reason: string, detail: string, what?: 'event'): void {
    if (what === 'event') {
      this.events.reject(reason)
      this.firstRefusal ??= { reason, detail }
      return
    }
    this.firstRefusal ??= { reason, detail }
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1)
  }

  /** The message is good: counts it and leaves its readings in the batch. Returns how many, with states and events. */
  accept(): number {
    const { tallies } = this.#committer
    const rows = this.#rows
    if (this.#fresh.length > 0) this.#introduce()
    if (this.firstRefusal !== undefined && rows === 0 && this.#states === 0 && this.events.count === 0) {
      this.refuse(this.firstRefusal.reason)
      return 0
    }
    const taken = rows + this.#states + this.events.count
    if (this.events.isTouched) this.#keepEvents()
    const home = this.#entry.tallies[this.#lastPartition] as Tally
    home.messagesReceived++
    home.messagesAccepted++
    if (rows === 1) {
      home.readingsReceived++
      home.readingsAccepted++
    } else if (rows > 0) this.#countRows()
    if (rows > 0 && this.#clock.asks(this.#entry.clockWindow, this.#asOf)) this.#askTime()
    if (this.#untimed > 0) this.#countUntimed()
    if (this.refused.size > 0) this.#countRefused(home)
    if (!home.listed) tallies.list(home)
    this.stats.messages++
    this.stats.readings += rows
    this.#committer.rows += rows
    this.#committer.touch()
    return taken
  }

  /** The message cannot be used: takes back what it added and counts it under `reason`. */
  refuse(reason: string): number {
    const { builders, states, tallies } = this.#committer
    for (let p = 0; p < builders.length; p++) {
      builders[p]?.cut(this.#starts[p] as number)
      const list = states[p]
      if (list) list.length = this.#stateStarts[p] as number
    }
    this.#untimedIn.fill(0)
    this.#untimed = 0
    this.#fresh.length = 0
    if (this.events.isTouched) this.events.refuse(this.#entry.source, reason)
    const home = this.#entry.tallies[0] as Tally
    home.messagesReceived++
    home.rejectMessage(reason)
    let readings = this.#rows
    if (readings > 0) home.rejectReadings(reason, readings)
    for (const n of this.refused.values()) readings += n
    this.#countRefused(home)
    tallies.list(home)
    this.stats.messages++
    this.stats.rejectedMessages++
    this.stats.readings += this.#rows
    this.stats.rejectedReadings += this.#rows
    this.rejectedBy.set(reason, (this.rejectedBy.get(reason) ?? 0) + 1)
    this.#rows = 0
    this.#committer.touch()
    return readings
  }

  /** Forgets the refusals of the message, which the caller may have looked at. */
  end(): void {
    if (this.refused.size > 0) this.refused.clear()
    this.firstRefusal = undefined
    if (this.#units.size > 0) this.#units.clear()
  }

  #keepEvents(): void {
    this.#committer.rows += this.events.count
    this.#committer.bytes += this.events.keep(this.#entry.source)
  }

  #originOfMessage(): Origin {
    const o = this.#origin
    o.access = this.#access
    o.source = this.#entry.source
    o.receivedAt = this.#asOf
    o.marks = this.#marks
    o.oldest = this.#oldest
    o.newest = this.#newest
    return o
  }

  #replaceTime(at: number, quality: number, partition: number): number {
    if (Number.isNaN(at)) {
      this.#untimed++
      this.#untimedIn[partition] = (this.#untimedIn[partition] as number) + 1
      return quality | MARK_UNTIMED
    }
    this.stats.skewed++
    this.#refusedAt = at
    const level = (quality & QUALITY_LEVEL) === QUALITY_GOOD ? QUALITY_UNCERTAIN : 0
    return quality | level | MARK_GATEWAY_TIME
  }

  /** What the device thinks the time is, once in a while. */
  #askTime(): void {
    if (this.#untimed > 0 || this.#marks & (MARK_HISTORICAL | MARK_RETAINED)) return
    const { columns } = this.#committer.builders[this.#lastPartition] as Committer['builders'][number]
    const taken = columns.measuredAt[columns.length - 1] as number
    this.#clock.note(Number.isNaN(this.#refusedAt) ? taken : this.#refusedAt, this.#asOf)
    this.#entry.clockWindow = this.#clock.window
  }

  /** By the unit in which it was sent when it was measured; what comes without a time that we take is of now. */
  #inCanonicalUnit(series: number, flags: number, value: number, measuredAt: number, quality: number): number {
    const declared = flags & UNDEFINED ? conversionOf(this.#units.get(series) ?? '') : undefined
    if (declared) return converted(value, declared)
    const conversions = this.#catalog.table.conversions.get(series)
    if (!conversions) return value
    const isTaken = measuredAt <= this.#newest && (measuredAt >= this.#oldest || (quality & MARK_HISTORICAL) !== 0)
    const conversion = conversionAt(conversions, isTaken ? measuredAt : this.#asOf)
    return conversion ? converted(value, conversion) : value
  }

  #introduce(): void {
    const { flags } = this.#catalog.table
    const { isPersonal } = this.#entry
    for (const h of this.#fresh)
      if ((flags[h] as number) & UNDEFINED)
        this.#catalog.introduce(h, this.#access, this.#units.get(h) ?? '', isPersonal)
    this.#fresh.length = 0
  }

  #refuseSeries(): number {
    const { reason, detail } = this.#resolver.refusal
    this.reject(reason, detail)
    return -1
  }

  #countRows(): void {
    const { builders, tallies } = this.#committer
    for (let p = 0; p < builders.length; p++) {
      const added = (builders[p]?.columns.length as number) - (this.#starts[p] as number)
      if (added === 0) continue
      const tally = this.#entry.tallies[p] as Tally
      tally.readingsReceived += added
      tally.readingsAccepted += added
      tallies.list(tally)
    }
  }

  #countUntimed(): void {
    for (let p = 0; p < this.#untimedIn.length; p++) {
      const n = this.#untimedIn[p] as number
      if (n > 0) (this.#entry.tallies[p] as Tally).untimed += n
    }
    this.stats.untimed += this.#untimed
    this.#untimedIn.fill(0)
    this.#untimed = 0
  }

  #countRefused(home: Tally): void {
    for (const [reason, n] of this.refused) {
      home.rejectReadings(reason, n)
      this.stats.readings += n
      this.stats.rejectedReadings += n
      this.rejectedBy.set(reason, (this.rejectedBy.get(reason) ?? 0) + n)
    }
  }
}
