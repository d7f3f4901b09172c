import { EVENTS, encodeBatch, READINGS, STATES, type StateChange } from '@quartier/contracts'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import type { Logger } from '@quartier/contracts/runtime'
import { AckList, type Acknowledged } from './ack-list.ts'
import { ColumnsBuilder } from './columns-builder.ts'
import { GatheredEvents } from './events.ts'
import { Insistence, type Step } from './insist.ts'
import { RetainedBatch, type RetainedMessage, RetainedWriter } from './retained-writer.ts'
import { Tallies } from './tally.ts'
import { threadCpuSeconds } from './thread-cpu.ts'

export interface CommitterDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly partitions: number
  /** Names this process in record headers, so that a batch can be traced to where it came from. */
  readonly instance: string
  readonly intervalMs: number
  readonly commitRows: number
  readonly pendingRows: number
  readonly pendingBytes: number
  /** Announces the series that the batch is the first to hold; `undefined` when there are none. */
  readonly takeDefinitions: () => (() => Promise<void>) | undefined
  /** Saves what codecs have come to remember; `undefined` when there is nothing. */
  readonly takeCodecStates?: () => (() => Promise<void>) | undefined
  /** Writes down what was removed from the messages of the batch; `undefined` when there is nothing. */
  readonly takeReceipts?: () => (() => Promise<void>) | undefined
  readonly storeRetained: (messages: readonly RetainedMessage[]) => Promise<void>
  /** What could not be understood: the process must end. */
  readonly onFatal: (error: unknown) => void
}

/** A connection that can be told to wait. */
export interface Writer extends Acknowledged {
  lastBatch: number
  resumeAfterOverload(): void
}

interface Work {
  readonly rows: number
  readonly seq: number
  readonly steps: Step[]
  readonly acks: AckList<Writer>
  readonly waiters: readonly (() => void)[]
  readonly retained: RetainedBatch | undefined
}

/**
 * Group commit. Readings, states and events gather per partition; one batch at a time is encoded, appended and made
 * durable while the next one gathers, so each device keeps its order. Only then do the acknowledgements of that batch
 * leave; those of retained messages, when these are kept as well.
 */
export class Committer {
  readonly builders: ColumnsBuilder[]
  readonly tallies: Tallies
  readonly states: StateChange[][]
  readonly events: GatheredEvents
  /** Readings and messages gathered for the next batch. */
  rows = 0
  bytes = 0
  /** Number of the batch that gathers now; those up to `durable` are safe. */
  seq = 1
  durable = 0
  readonly stats = { commits: 0, rows: 0, seconds: 0, encodeCpu: 0, ackCpu: 0 }
  readonly retaining: RetainedWriter
  readonly log: Insistence
  #acks = new AckList<Writer>()
  #spare = new AckList<Writer>()
  #waiters: (() => void)[] = []
  #retained = new RetainedBatch()
  #running = false
  #startedAt = 0
  #hurry: (() => void) | undefined
  #paused: Writer[] = []
  #watchers: { readonly seq: number; readonly done: () => void }[] = []
  readonly #deps: CommitterDeps

  constructor(deps: CommitterDeps) {
    this.#deps = deps
    this.log = new Insistence(deps.logger, 'log')
    const { logger, storeRetained: store, onFatal } = deps
    this.retaining = new RetainedWriter({ logger, store, onFatal })
    this.builders = Array.from({ length: deps.partitions }, () => new ColumnsBuilder())
    this.states = Array.from({ length: deps.partitions }, () => [])
    this.events = new GatheredEvents(deps.partitions)
    this.tallies = new Tallies(deps.partitions)
  }

  /** The log refuses to take anything at the moment. */
  get stalled(): boolean {
    return this.log.stalled
  }

  /** So much waits for the log that sockets must not be read. */
  get isOver(): boolean {
    const { pendingRows, pendingBytes } = this.#deps
    return this.rows > pendingRows || this.#acks.length > pendingRows || this.bytes > pendingBytes || this.stalled
  }

  /** So much waits for the log that those who send most must wait, so that the others need not. */
  get isCrowded(): boolean {
    return this.rows * 2 > this.#deps.pendingRows
  }

  /** Something was added: it will be in the batch that gathers now. */
  touch(): void {
    if (!this.#running) {
      this.#running = true
      this.#loop().catch((error) => {
        this.giveUp()
        this.#deps.onFatal(error)
      })
    } else if (this.#hurry && this.rows >= this.#deps.commitRows) this.#hurry()
  }

  /** A PUBACK for `id` once everything added so far is durable. */
  acknowledge(owner: Writer, id: number): void {
    this.#acks.push(owner, id)
  }

  /** Calls `done` once everything added so far is durable. */
  afterCommit(done: () => void): void {
    this.#waiters.push(done)
    this.touch()
  }

  /** The latest retained message of its MQTT topic, to be kept once the batch is durable; false where too many wait. */
  retain(message: RetainedMessage): boolean {
    if (this.retaining.isFull) return false
    const before = this.#retained.bytes
    this.#retained.put(message)
    this.bytes += this.#retained.bytes - before
    this.touch()
    return true
  }

  /** The same as `acknowledge`, once the retained messages added so far are kept too. */
  acknowledgeRetained(owner: Writer, id: number): void {
    this.#retained.acks.push({ owner, id })
  }

  /** The same as `afterCommit`, once the retained messages added so far are kept too. */
  afterRetained(done: () => void): void {
    this.#retained.waiters.push(done)
  }

  /** Resolves once batch `seq` is durable; at once when it is, or when it holds nothing. */
  whenDurable(seq: number): Promise<void> {
    if (this.log.isGivenUp || seq <= this.durable || (seq === this.seq && this.#isEmpty())) return Promise.resolve()
    return new Promise((done) => this.#watchers.push({ seq, done }))
  }

  /** Resolves once everything added so far is durable and kept. */
  async drain(): Promise<void> {
    await this.whenDurable(this.#isEmpty() ? this.seq - 1 : this.seq)
    await this.retaining.drain()
  }

  /** Ends every wait, also for a log that takes nothing: what is not durable was not acknowledged and is dropped. */
  giveUp(): void {
    this.log.isGivenUp = true
    this.retaining.giveUp()
    const watchers = this.#watchers
    this.#watchers = []
    for (const w of watchers) w.done()
  }

  /** `writer` has stopped reading; it is resumed when there is room again. */
  pause(writer: Writer): void {
    this.#paused.push(writer)
    this.touch()
  }

  get pausedWriters(): number {
    return this.#paused.length
  }

  async #loop(): Promise<void> {
    while (!this.#isEmpty()) {
      await this.#gather()
      const work = this.#seal()
      for (const step of work.steps) await this.log.run(step)
      if (this.log.isGivenUp) return
      this.#finish(work)
    }
    this.#running = false
    this.#release()
  }

  /** Lets the rest of this round's packets join; under load, waits until the last commit is an interval ago. */
  #gather(): Promise<void> {
    const waitMs = this.#startedAt + this.#deps.intervalMs - performance.now()
    return new Promise((go) => {
      if (waitMs <= 0.5 || this.rows >= this.#deps.commitRows) setImmediate(go)
      else {
        const timer = setTimeout(() => this.#hurry?.(), waitMs)
        this.#hurry = () => {
          clearTimeout(timer)
          this.#hurry = undefined
          go()
        }
      }
    })
  }

  #isEmpty(): boolean {
    return (
      this.rows === 0 &&
      this.#acks.length === 0 &&
      this.#waiters.length === 0 &&
      this.#retained.messages.size === 0 &&
      this.events.isEmpty &&
      this.tallies.changed.every((t) => t.length === 0) &&
      this.states.every((s) => s.length === 0)
    )
  }

  #seal(): Work {
    this.#startedAt = performance.now()
    const cpuAt = threadCpuSeconds()
    const { log, takeDefinitions } = this.#deps
    const steps: Work['steps'] = []
    const definitions = takeDefinitions()
    if (definitions) steps.push({ what: 'announce series', run: definitions })
    const codecStates = this.#deps.takeCodecStates?.()
    if (codecStates) steps.push({ what: 'save codec states', run: codecStates })
    const records = this.#encode()
    if (records.length > 0) steps.push({ what: 'append readings', run: () => log.append(READINGS, records) })
    const states = this.#encodeStates()
    if (states.length > 0) steps.push({ what: 'append states', run: () => log.append(STATES, states) })
    const events = this.events.take({ gateway: this.#deps.instance, batch: String(this.seq) })
    if (events.length > 0) steps.push({ what: 'append events', run: () => log.append(EVENTS, events) })
    const receipts = this.#deps.takeReceipts?.()
    if (receipts) steps.push({ what: 'append receipts', run: receipts })
    const retained = this.#retained.messages.size > 0 ? this.#retained : undefined
    if (retained) this.#retained = new RetainedBatch()
    const work: Work = { rows: this.rows, seq: this.seq++, steps, acks: this.#acks, waiters: this.#waiters, retained }
    this.#acks = this.#spare
    this.#waiters = []
    this.rows = this.bytes = 0
    this.stats.encodeCpu += threadCpuSeconds() - cpuAt
    return work
  }

  #encode(): NewRecord[] {
    const records: NewRecord[] = []
    const headers = { gateway: this.#deps.instance, batch: String(this.seq) }
    for (let partition = 0; partition < this.builders.length; partition++) {
      const builder = this.builders[partition] as ColumnsBuilder
      const counts = this.tallies.take(partition)
      if (builder.columns.length === 0 && counts.length === 0) continue
      const value = encodeBatch({ columns: builder.columns, counts })
      records.push({ key: String(partition), value, partition, headers })
      builder.cut(0)
    }
    return records
  }

  #encodeStates(): NewRecord[] {
    const records: NewRecord[] = []
    for (let partition = 0; partition < this.states.length; partition++) {
      const list = this.states[partition] as StateChange[]
      if (list.length === 0) continue
      records.push({ key: String(partition), value: Buffer.from(JSON.stringify(list)), partition })
      list.length = 0
    }
    return records
  }

  #finish(work: Work): void {
    this.durable = work.seq
    const { stats } = this
    const cpuAt = threadCpuSeconds()
    stats.commits++
    stats.rows += work.rows
    stats.seconds += (performance.now() - this.#startedAt) / 1000
    work.acks.send()
    this.#spare = work.acks
    for (const done of work.waiters) done()
    if (work.retained) this.retaining.add(work.retained)
    const reached = this.#watchers.filter((w) => w.seq <= work.seq)
    this.#watchers = this.#watchers.filter((w) => w.seq > work.seq)
    for (const w of reached) w.done()
    stats.ackCpu += threadCpuSeconds() - cpuAt
    this.#release()
  }

  #release(): void {
    if (this.#paused.length === 0 || this.stalled || this.rows * 2 > this.#deps.pendingRows) return
    if (this.bytes * 2 > this.#deps.pendingBytes) return
    const waiting = this.#paused
    this.#paused = []
    for (const writer of waiting) writer.resumeAfterOverload()
  }
}
