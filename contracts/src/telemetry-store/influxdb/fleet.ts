import { QuartierError } from '../../errors.ts'
import type { Logger } from '../../runtime/logger.ts'
import { LineWriter } from './lines.ts'
import type { Buckets } from './migrate.ts'
import { RAW_MEASUREMENT } from './names.ts'
import type { Placement } from './placement.ts'
import { Sender } from './sender.ts'
import { type CallOptions, InfluxError, type InfluxServer, query } from './server.ts'

export interface FleetOptions {
  readonly servers: readonly InfluxServer[]
  readonly placement: Placement
  readonly buckets: Buckets
  readonly logger: Logger
  readonly gzip?: boolean
  readonly timeoutMs: number
  readonly patienceMs: number
  /** Most lines of a request, and longest time that a line waits for others, ms. */
  readonly batchLines: number
  readonly lingerMs: number
  /** Bytes that may wait for one server before the source is slowed down. */
  readonly maxWaitingBytes: number
}

const encoder = new TextEncoder()

/** One server with what is on its way to it. */
interface Member {
  readonly sender: Sender
  readonly raw: LineWriter
  readonly minute: LineWriter
  readonly hour: LineWriter
}

/** The servers as one: lines go to all copies of their slot, a question to one that answers and has all lines. */
export class Fleet {
  readonly members: readonly Member[]
  readonly #options: FleetOptions
  readonly #byName = new Map<string, Member>()
  /** By slot: who takes its lines. */
  readonly #writeTo: readonly (readonly Member[])[]
  #timer: NodeJS.Timeout | undefined
  #stopped = new AbortController()

  constructor(options: FleetOptions) {
    this.#options = options
    const { servers, logger, gzip, timeoutMs, placement } = options
    this.members = servers.map((server) => {
      const sender = new Sender({ server, logger, gzip, timeoutMs })
      const lines = {
        raw: new LineWriter(RAW_MEASUREMENT),
        minute: new LineWriter('minute'),
        hour: new LineWriter('hour'),
      }
      return { sender, ...lines }
    })
    for (const member of this.members) this.#byName.set(member.sender.server.name, member)
    this.#writeTo = placement.writeTo.map((names) => names.map((name) => this.#member(name)))
  }

  writersOf(slot: number): readonly Member[] {
    return this.#writeTo[slot] as readonly Member[]
  }

  /** Sends the lines that are enough for a request, and the others after a while. */
  pump(): void {
    let waits = false
    for (const member of this.members) {
      if (member.raw.lines + member.minute.lines + member.hour.lines >= this.#options.batchLines) this.#cut(member)
      else if (member.raw.length + member.minute.length + member.hour.length > 0) waits = true
    }
    if (!waits || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.cut()
    }, this.#options.lingerMs)
    this.#timer.unref()
  }

  /** Sends all lines now. */
  cut(): void {
    for (const member of this.members) this.#cut(member)
  }

  #cut({ sender, raw, minute, hour }: Member): void {
    const { buckets } = this.#options
    if (raw.length > 0) sender.send(buckets.raw, raw.take())
    if (minute.length > 0) sender.send(buckets.minute, minute.take())
    if (hour.length > 0) sender.send(buckets.hour, hour.take())
  }

  /** Sends lines to the meta bucket of every server, or of some. */
  sendMeta(lines: string, to: readonly InfluxServer[] = this.#options.servers): void {
    const bytes = encoder.encode(lines)
    for (const { name } of to) this.#member(name).sender.send(this.#options.buckets.meta, bytes)
  }

  /** Servers in trouble, with how many slots only they take. */
  missing(): { server: string; reason: string; slots: number }[] {
    const inTrouble = (member: Member) => member.sender.trouble !== undefined
    return this.members.filter(inTrouble).map((member) => ({
      server: member.sender.server.name,
      reason: member.sender.trouble?.message ?? '',
      slots: this.#writeTo.filter((copies) => copies.includes(member) && copies.every(inTrouble)).length,
    }))
  }

  /** Waits while too much is on its way. @throws QuartierError STORE_UNAVAILABLE */
  async room(): Promise<void> {
    const { maxWaitingBytes, patienceMs } = this.#options
    for (const { sender } of this.members)
      if (sender.waitingBytes >= maxWaitingBytes) await sender.room(maxWaitingBytes, patienceMs)
  }

  /** Resolves when every server has everything. @throws QuartierError STORE_UNAVAILABLE */
  async drained(): Promise<void> {
    this.cut()
    await Promise.all(this.members.map(({ sender }) => sender.drained(this.#options.patienceMs)))
  }

  /**
   * Asks one of the servers named, after it has got all lines: they hold the same, so the first that can answer does.
   * @throws QuartierError STORE_UNAVAILABLE with `part` when none of them can
   */
  async ask(names: readonly string[], flux: string, part: string): Promise<string> {
    this.cut()
    const members = names.map((name) => this.#member(name))
    members.sort((a, b) => Number(a.sender.trouble !== undefined) - Number(b.sender.trouble !== undefined))
    const reasons: string[] = []
    for (const { sender } of members) {
      try {
        await sender.drained(this.#options.patienceMs)
        return await query(sender.server, flux, this.callOptions)
      } catch (error) {
        if (!(error instanceof QuartierError)) throw error
        if (error instanceof InfluxError && error.code === 'STORE_REFUSED') throw error
        reasons.push(error.message)
      }
    }
    const message = `${part} is missing: no server that holds it answers (${reasons.join('; ')})`
    throw new QuartierError('STORE_UNAVAILABLE', message, { retriable: true })
  }

  get callOptions(): CallOptions {
    return { timeoutMs: this.#options.timeoutMs, signal: this.#stopped.signal }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#stopped.abort()
    for (const { sender } of this.members) sender.stop()
  }

  #member(name: string): Member {
    const member = this.#byName.get(name)
    if (!member)
      throw new QuartierError('STORE_PLACEMENT', `InfluxDB server ${name} holds readings and is not configured`)
    return member
  }
}
