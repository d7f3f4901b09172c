import { CODEC_STATES } from '@quartier/contracts'
import type { EventLog, LogRecord, NewRecord } from '@quartier/contracts/event-log'
import type { Logger } from '@quartier/contracts/runtime'
import type { Codec, CodecMemory, CodecState, Inward } from './codecs/codec.ts'

export interface CodecStatesDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly instance: string
  /** The codec of a name, to read what an earlier process has saved. */
  readonly codecOf: (name: string) => Codec | undefined
  /** States altogether, of which one principal may have half; senders beyond are not remembered. */
  readonly limit: number
  /**
   * After a start, each state that an earlier process saved is woken once within this time, evenly spread; 0: never,
   * because its sender may be at another gateway.
   */
  readonly verifyWithinMs: number
}

/** A message of a sender that cannot speak any more, and who that was. */
export interface LastWord extends Inward {
  readonly principal: string
}

const SAVE_MS = 1_000
const STATE_BYTES = 256 * 1024
const NEWLINE = 10

/**
 * What codecs remember of their senders, on the compacted topic `codec-states.v1`: read at the start and followed, so
 * that a sender may come back at another gateway. The newer of two states holds.
 */
export class CodecStates {
  readonly stats = { saved: 0, restored: 0, refused: 0, tooLarge: 0 }
  readonly #states = new Map<string, Remembered>()
  /** How many states each principal has brought in. */
  readonly #counts = new Map<string, number>()
  readonly #awake = new Set<Remembered>()
  readonly #unsaved = new Set<Remembered>()
  readonly #deps: CodecStatesDeps
  readonly #stopped = new AbortController()
  #following: Promise<void> = Promise.resolve()
  #verifyFrom = Number.POSITIVE_INFINITY

  constructor(deps: CodecStatesDeps) {
    this.#deps = deps
  }

  get count(): number {
    return this.#states.size
  }

  /** Resolves once what earlier processes saved is known. `onFatal` hears when following the topic breaks. */
  async open(now: number, onFatal: (error: unknown) => void): Promise<void> {
    const [range] = await this.#deps.log.ranges(CODEC_STATES)
    const end = range && range.next > range.earliest ? range.next : 0
    this.#verifyFrom = now
    await new Promise<void>((reached) => {
      this.#following = this.#follow(end, reached).catch(onFatal).finally(reached)
      if (end === 0) reached()
    })
    this.#verifyFrom = Number.POSITIVE_INFINITY
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#following
  }

  /** The state of `key`, made when there is none; `undefined` beyond the limit. */
  recall(codec: Codec, source: string, key: string, principal: string): CodecState | undefined {
    const name = `${codec.name}/${source}/${key}`
    let state = this.#states.get(name)
    if (!state) {
      if (!codec.memory || !this.#hasRoom(principal)) {
        this.stats.refused++
        return undefined
      }
      state = this.#add(name, codec.memory, principal)
    }
    state.principal = principal
    return state
  }

  /** Whether something waits to be saved and may be. */
  isDue(realNow: number): boolean {
    for (const state of this.#unsaved) if (realNow - state.savedAt >= SAVE_MS) return true
    return false
  }

  /** What saves the states that have changed; `undefined` when there is nothing to save now. `all`: also those saved just now. */
  take(now: number, realNow: number, all = false): (() => Promise<void>) | undefined {
    if (this.#unsaved.size === 0) return undefined
    const records: NewRecord[] = []
    for (const state of this.#unsaved) {
      if (!all && realNow - state.savedAt < SAVE_MS) continue
      this.#unsaved.delete(state)
      state.savedAt = realNow
      state.at = Math.max(now, state.at + 1)
      const body = state.value === undefined ? new Uint8Array() : state.memory.save(state.value)
      if (body.length > STATE_BYTES) this.stats.tooLarge++
      else records.push({ key: state.name, value: this.#encode(state, body) })
    }
    if (records.length === 0) return undefined
    return async () => {
      await this.#deps.log.append(CODEC_STATES, records)
      this.stats.saved += records.length
    }
  }

  /** Wakes those whose instant has come; returns what is to be taken in on behalf of their senders. */
  wake(now: number, send: (mqttTopic: string, payload: Uint8Array, principal: string) => boolean): LastWord[] {
    const words: LastWord[] = []
    for (const state of this.#awake) {
      if (state.wakeAt > now) continue
      state.wakeAt = Number.POSITIVE_INFINITY
      const { memory, principal } = state
      const answer = (mqttTopic: string, payload: Uint8Array) => send(mqttTopic, payload, principal)
      for (const word of memory.wake?.(state.key, state, now, answer) ?? []) words.push({ ...word, principal })
    }
    return words
  }

  #hasRoom(principal: string): boolean {
    const { limit } = this.#deps
    return this.#states.size < limit && (this.#counts.get(principal) ?? 0) < limit / 2
  }

  #add(name: string, memory: CodecMemory, principal: string): Remembered {
    const state = new Remembered(name, memory, this.#awake, this.#unsaved)
    this.#states.set(name, state)
    this.#counts.set(principal, (this.#counts.get(principal) ?? 0) + 1)
    return state
  }

  #encode(state: Remembered, body: Uint8Array): Uint8Array {
    const head: Head = { at: state.at, by: this.#deps.instance, principal: state.principal }
    return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body])
  }

  async #follow(end: number, reached: () => void): Promise<void> {
    const { log, instance } = this.#deps
    const options = { signal: this.#stopped.signal, from: 'earliest', maxRecords: 1_024 } as const
    for await (const batch of log.consume(CODEC_STATES, `codecs-${instance}`, options)) {
      for (const record of batch.records) this.#learn(record)
      if ((batch.end[0] ?? 0) >= end) reached()
    }
  }

  #learn({ key: name, value }: LogRecord): void {
    const codec = this.#deps.codecOf(name.slice(0, name.indexOf('/')))
    const head = headOf(value)
    if (!codec?.memory || !head || head.by === this.#deps.instance) return
    let state = this.#states.get(name)
    if (state && state.at >= head.at) return
    if (!state) {
      if (!this.#hasRoom(head.principal)) return
      state = this.#add(name, codec.memory, head.principal)
    }
    state.saved = value.subarray(value.indexOf(NEWLINE) + 1)
    state.at = head.at
    state.principal = head.principal
    this.stats.restored++
    this.#verify(state)
  }

  /** Senders that were there before the start and stay silent are woken, one after the other. */
  #verify(state: Remembered): void {
    const { verifyWithinMs } = this.#deps
    if (this.#verifyFrom === Number.POSITIVE_INFINITY || verifyWithinMs === 0 || !state.memory.wake) return
    state.wakeAt = this.#verifyFrom + verifyWithinMs * (1 + ((this.#states.size * 0.618) % 1))
  }
}

interface Head {
  /** When it was saved, platform clock; of two states the newer one holds. */
  readonly at: number
  readonly by: string
  readonly principal: string
}

function headOf(value: Uint8Array): Head | undefined {
  try {
    return JSON.parse(Buffer.from(value.subarray(0, value.indexOf(NEWLINE))).toString()) as Head
  } catch {
    return undefined // a broken record: the sender is met anew
  }
}

class Remembered implements CodecState {
  readonly name: string
  readonly memory: CodecMemory
  principal = ''
  /** Platform instant of the newest save. */
  at = 0
  /** Real instant of our last save, ms. */
  savedAt = Number.NEGATIVE_INFINITY
  readonly #awake: Set<Remembered>
  readonly #unsaved: Set<Remembered>
  #value: unknown
  #saved: Uint8Array | undefined
  #wakeAt = Number.POSITIVE_INFINITY

  constructor(name: string, memory: CodecMemory, awake: Set<Remembered>, unsaved: Set<Remembered>) {
    this.name = name
    this.memory = memory
    this.#awake = awake
    this.#unsaved = unsaved
  }

  get key(): string {
    return this.name.slice(this.name.indexOf('/', this.name.indexOf('/') + 1) + 1)
  }

  /** Bytes of another process, read when the value is asked for. */
  set saved(bytes: Uint8Array) {
    this.#saved = bytes
    this.#unsaved.delete(this)
  }

  get value(): unknown {
    if (this.#saved !== undefined) {
      this.#value = this.#saved.length === 0 ? undefined : this.memory.restore(this.#saved, this.key)
      this.#saved = undefined
    }
    return this.#value
  }

  set value(value: unknown) {
    this.#saved = undefined
    this.#value = value
  }

  get wakeAt(): number {
    return this.#wakeAt
  }

  set wakeAt(at: number) {
    this.#wakeAt = at
    if (at === Number.POSITIVE_INFINITY) this.#awake.delete(this)
    else this.#awake.add(this)
  }

  keep(): void {
    this.#unsaved.add(this)
  }
}
