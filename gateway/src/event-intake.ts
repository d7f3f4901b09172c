import {
  checkEvent,
  isEventKind,
  MARK_GATEWAY_TIME,
  MARK_UNTIMED,
  type NewEvent,
  partitionOfSlot,
  QUALITY_GOOD,
  QUALITY_LEVEL,
  QUALITY_UNCERTAIN,
  slotOf,
} from '@quartier/contracts'
import type { Access } from './access.ts'
import { MAX_NAME_BYTES } from './codecs/limits.ts'
import type { GatheredEvents, PendingEvent } from './events.ts'

/** Who sends a message and what its readings and events are marked with. */
export interface Origin {
  readonly access: Access
  readonly source: string
  readonly receivedAt: number
  readonly marks: number
  /** Times outside these are replaced by ours, epoch ms. */
  readonly oldest: number
  readonly newest: number
}

interface Owner {
  readonly name: string
  readonly partition: number
}

const REMEMBERED_OWNERS = 50_000

/** Takes the events of one message after the other: checks them and holds them until their message is known to be good. */
export class EventIntake {
  readonly stats = { events: 0, rejected: 0 }
  /** The current message held an event. */
  isTouched = false
  /** Events of the current message that were refused one by one, by reason. */
  readonly #refused = new Map<string, number>()
  readonly #pending: PendingEvent[] = []
  /** By device, of one source after the other: each source has its own, so that no name is put together to look it up. */
  readonly #owners = new Map<string, Map<string, Owner>>()
  #ownersKnown = 0
  readonly #gathered: GatheredEvents
  readonly #partitions: number

  constructor(gathered: GatheredEvents, partitions: number) {
    this.#gathered = gathered
    this.#partitions = partitions
  }

  /** Events of the current message that are good so far. */
  get count(): number {
    return this.#pending.length
  }

  /** Takes one event; returns why it is refused. */
  take(origin: Origin, event: NewEvent): { readonly reason: string; readonly detail: string } | undefined {
    this.isTouched = true
    const wrong = check(origin, event)
    if (wrong) {
      this.reject(wrong.reason)
      return wrong
    }
    const { receivedAt, oldest, newest } = origin
    const claimed = Math.round(event.measuredAt)
    const isTimed = claimed >= oldest && claimed <= newest
    const quality = (event.quality ?? QUALITY_GOOD) | origin.marks | (isTimed ? 0 : marksFor(event))
    const { name: owner, partition } = this.#owner(origin.source, event.device)
    const json = event.attributes === undefined ? '' : textOf(event.attributes)
    const times = { measuredAt: isTimed ? claimed : receivedAt, receivedAt, quality }
    this.#pending.push({ partition, owner, event, json, times })
    return undefined
  }

  /** The codec found an event that it cannot use. */
  reject(reason: string): void {
    this.isTouched = true
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
  }

  /** The message is good: its events join the batch. Returns how many bytes they take, about. */
  keep(source: string): number {
    let bytes = 0
    for (const pending of this.#pending) {
      this.#gathered.add(source, pending)
      bytes += pending.json.length + 60
    }
    this.stats.events += this.#pending.length
    this.#pending.length = 0
    this.#countRefused(source)
    return bytes
  }

  /** The message cannot be used. */
  refuse(source: string, reason: string): void {
    const count = this.#pending.length
    if (count > 0) this.#gathered.reject(source, reason, count)
    this.stats.events += count
    this.stats.rejected += count
    this.#pending.length = 0
    this.#countRefused(source)
  }

  #countRefused(source: string): void {
    this.isTouched = false
    if (this.#refused.size === 0) return
    for (const [reason, n] of this.#refused) {
      this.#gathered.reject(source, reason, n)
      this.stats.events += n
      this.stats.rejected += n
    }
    this.#refused.clear()
  }

  #owner(source: string, device: string): Owner {
    const known = this.#owners.get(source)?.get(device)
    if (known !== undefined) return known
    if (this.#ownersKnown++ >= REMEMBERED_OWNERS) this.#forgetOwners()
    const owner = { name: `${source}/${device}`, partition: partitionOfSlot(slotOf(source, device), this.#partitions) }
    const ofSource = this.#owners.get(source) ?? new Map<string, Owner>()
    this.#owners.set(source, ofSource.set(device, owner))
    return owner
  }

  #forgetOwners(): void {
    this.#owners.clear()
    this.#ownersKnown = 0
  }
}

function check({ access }: Origin, event: NewEvent) {
  const { device, kind, asset } = event
  if (!isEventKind(kind))
    return { reason: 'event-kind', detail: `there is no kind of event "${String(kind).slice(0, 60)}"` }
  if (!isName(device) || (asset !== undefined && !isName(asset)))
    return { reason: 'event-name', detail: 'the name of the device or asset cannot be used' }
  if (!access.maySpeakFor(device))
    return { reason: 'device-not-allowed', detail: `the principal may not speak for "${device.slice(0, 80)}"` }
  return checkEvent(event)
}

/** Text of some length without control characters. */
function isName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 32 || code === 127) return false
  }
  return name !== '' && name.length <= MAX_NAME_BYTES
}

function marksFor({ measuredAt, quality = QUALITY_GOOD }: NewEvent): number {
  if (Number.isNaN(measuredAt)) return MARK_UNTIMED
  return MARK_GATEWAY_TIME | ((quality & QUALITY_LEVEL) === QUALITY_GOOD ? QUALITY_UNCERTAIN : 0)
}

function textOf(attributes: NonNullable<NewEvent['attributes']>): string {
  const json = JSON.stringify(attributes)
  return json === '{}' ? '' : json
}
