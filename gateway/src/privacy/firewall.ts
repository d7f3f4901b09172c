import { createHmac, hash } from 'node:crypto'
import type { EventLog } from '@quartier/contracts/event-log'
import { REMOVAL_KINDS } from '@quartier/contracts/privacy'
import type { DayKeys } from '@quartier/contracts/privacy/day-keys'
import { normalPlate, plateToken, sealToken } from '@quartier/contracts/privacy/plate-token'
import type { Logger } from '@quartier/contracts/runtime'
import { utf8 } from '../codecs/bytes.ts'
import type { ReadingSink } from '../codecs/codec.ts'
import type { Tallies } from '../tally.ts'
import type { TopicEntry } from '../topics/topic-entry.ts'
import { GuardedSink } from './guarded-sink.ts'
import { ReceiptBook } from './receipts.ts'
import { cleanName } from './scrub.ts'

export interface FirewallDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly keys: DayKeys
  readonly tallies: Tallies
  readonly sink: ReadingSink
}

const MESSAGE = REMOVAL_KINDS.indexOf('message')
const SWEEP_MS = 1_000
/** 128 bits and a little more. */
const NAME_CHARACTERS = 24
const SCRATCH_BYTES = 4096

/**
 * The privacy firewall: what comes from cameras and other personal sources passes through here before anything of it is
 * written or handed on. See docs/privacy.md.
 */
export class Firewall {
  /** Where codecs put what they find in a message of a personal source. */
  readonly sink: GuardedSink
  readonly receipts = new ReceiptBook()
  readonly stats = { messages: 0, tokens: 0, keyFailures: 0 }
  #entry: TopicEntry | undefined
  readonly #keep = (camera: string, counts: Uint32Array) => this.#receipt(this.#entry as TopicEntry, camera, counts)
  readonly #scratch = Buffer.alloc(SCRATCH_BYTES)
  readonly #one = new Uint32Array(REMOVAL_KINDS.length)
  readonly #deps: FirewallDeps
  readonly #timer: NodeJS.Timeout

  constructor(deps: FirewallDeps) {
    this.#deps = deps
    this.sink = new GuardedSink(deps.sink, {
      token: (device, at, plate) => this.#token(device, at, plate),
      name: (id) => this.#name(id),
    })
    this.#one[MESSAGE] = 1
    this.#destroyOld()
    // Keys end with their day, also when nothing comes.
    this.#timer = setInterval(() => this.#destroyOld(), SWEEP_MS)
    this.#timer.unref()
  }

  begin(): void {
    this.stats.messages++
    this.sink.begin()
  }

  /** The message was read: what was removed from it gets its receipts, or all of it when it could not be used. */
  settle(entry: TopicEntry, isGood: boolean): void {
    this.#entry = entry
    if (isGood) this.sink.tellRemoved(this.#keep)
    else this.#receipt(entry, cleanName(utf8(entry.topicBytes, entry.deviceFrom, entry.deviceTo)), this.#one)
  }

  /** What tells whether two payloads of a day are the same, and to nobody what they are. */
  readonly digest = (payload: Uint8Array): string => {
    try {
      return createHmac('sha256', this.#deps.keys.current().link).update(payload).digest('hex')
    } catch (error) {
      this.#keyless(error)
      return ''
    }
  }

  /** What writes down the receipts with the next batch. */
  readonly takeReceipts = (): (() => Promise<void>) | undefined => this.receipts.take(this.#deps.log)

  close(): void {
    clearInterval(this.#timer)
    this.#deps.keys.close()
  }

  #receipt(entry: TopicEntry, camera: string, counts: Uint32Array): void {
    const { source, receivedAt } = entry
    this.receipts.add(source, receivedAt, camera, counts)
    const home = entry.tallies[0]
    if (!home) return
    home.remove(counts)
    this.#deps.tallies.list(home)
  }

  #token(device: string, measuredAt: number, plate: string): string {
    if (normalPlate(plate) === '') return ''
    try {
      const key = this.#deps.keys.current()
      this.stats.tokens++
      return sealToken(key, plateToken(key, plate), `${device} ${measuredAt}`)
    } catch (error) {
      this.#keyless(error)
      return ''
    }
  }

  /** Shorter and faster than {@link digest}: it need not withstand more than trying names. */
  #name(id: string): string | undefined {
    try {
      const { link } = this.#deps.keys.current()
      const bytes = this.#scratch
      link.copy(bytes)
      const to = link.length + bytes.write(id, link.length)
      const name = hash('sha256', bytes.subarray(0, to), 'base64').slice(0, NAME_CHARACTERS)
      bytes.fill(0, 0, link.length)
      return name
    } catch (error) {
      this.#keyless(error)
      return undefined
    }
  }

  #destroyOld(): void {
    try {
      this.#deps.keys.destroyOld()
    } catch (error) {
      this.#keyless(error)
    }
  }

  /** Without a key there are no tokens: plates are left out altogether. */
  #keyless(error: unknown): void {
    if (this.stats.keyFailures++ === 0) this.#deps.logger.error({ err: error }, 'privacy.keys-unavailable')
  }
}
