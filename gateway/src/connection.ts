import type { Socket } from 'node:net'
import type { Access } from './access.ts'
import type { Writer } from './append.ts'
import type { BrokerClient } from './broker/broker.ts'
import type { FullRoad } from './broker/full-road.ts'
import { control, isControl } from './control.ts'
import { FORWARD, type Host, LOGGING_IN, MALFORMED, NOT_READING, OVERLOAD, ROAD_FULL, THROTTLED, TURN } from './host.ts'
import type { Arrival } from './identify.ts'
import type { TopicEntry } from './topics/topic-entry.ts'
import type { TurnTaker } from './turns.ts'
import { Framer, type PacketHandler } from './wire/framer.ts'
import { CONNECT, DISCONNECT, PUBLISH } from './wire/packets.ts'

const PLAIN: Arrival = { secure: false, peer: undefined }

/**
 * One client's socket: cuts the bytes into packets, refuses what is malformed or too large before anything else sees
 * it, hands PUBLISH to the fast lane and the rest to the engine, and stops reading when there is too much of anything.
 */
export class Connection implements Writer, BrokerClient, PacketHandler, TurnTaker {
  readonly socket: Socket
  readonly arrival: Arrival
  access: Access | undefined
  /** The id by which sessions and takeover know the client: principal and client id. */
  engineId = ''
  level = 4
  road: FullRoad | undefined
  /** Logged in: packets other than CONNECT are welcome. */
  isOpen = false
  isClosed = false
  keepaliveMs = 0
  /** Monotonic ms since when it has been its turn, and of the last bytes. */
  openedAt: number
  seenAt: number
  /** Monotonic ms since when output has been waiting; 0 when none is. */
  stuckSince = 0
  paused = 0
  lastTopic: TopicEntry | undefined
  lastBatch = 0
  tokens = 0
  tokensAt = 0
  published = 0
  round = 0
  taken = 0
  ackCount = 0
  ackBytes: Buffer | undefined = undefined
  ackAt = 0
  subscriptions: Set<string> | undefined
  readonly #framer: Framer
  #taken = 0
  readonly #host: Host

  constructor(socket: Socket, host: Host, now: number, arrival: Arrival = PLAIN) {
    this.socket = socket
    this.arrival = arrival
    this.#host = host
    this.#framer = new Framer(this, host.strangers)
    this.openedAt = this.seenAt = this.tokensAt = now
  }

  get address(): string {
    return this.socket.remoteAddress ?? ''
  }

  get isBusy(): boolean {
    return (this.paused & LOGGING_IN) !== 0
  }

  get waitingBytes(): number {
    return this.socket.writableLength
  }

  receive(chunk: Buffer): void {
    const host = this.#host
    this.seenAt = performance.now()
    host.stats.bytes += chunk.length
    const isTimed = host.begin()
    const { rows, seq } = host.pending
    this.published = 0
    this.#framer.feed(chunk)
    if (this.published > 0) this.#slowDown(host.pending.seq === seq ? host.pending.rows - rows : host.pending.rows)
    host.turns.took(this, chunk.length)
    if (isTimed) host.timed(this.published)
  }

  send(bytes: Buffer): void {
    if (this.isClosed || this.socket.destroyed) return
    if (!this.socket.write(bytes) && this.stuckSince === 0) {
      this.stuckSince = performance.now()
      this.pause(NOT_READING)
    }
  }

  /** The client reads again. */
  drained(): void {
    this.stuckSince = 0
    this.resume(NOT_READING)
  }

  pause(why: number): void {
    if (this.paused === 0) this.socket.pause()
    this.paused |= why
  }

  resume(why: number): void {
    if ((this.paused & why) === 0) return
    this.paused &= ~why
    if (this.paused !== 0 || this.isClosed) return
    this.seenAt = performance.now()
    this.#framer.excuse()
    this.socket.resume()
  }

  waitForTurn(): void {
    this.pause(TURN)
  }

  takeTurn(): void {
    this.resume(TURN)
  }

  resumeAfterOverload(): void {
    this.resume(OVERLOAD)
  }

  resumeAfterRoad(): void {
    this.resume(ROAD_FULL)
  }

  /** The login has succeeded: what was sent meanwhile is handled, then the socket is read on. */
  open(): void {
    this.isOpen = true
    this.tokens = this.access?.burst ?? 0
    this.paused &= ~LOGGING_IN
    this.#host.begin()
    if (this.access) this.#framer.charge(this.access.share.partial)
    this.#framer.replay()
    // Through `resume`, which sees whether anything else holds the socket back.
    this.paused |= LOGGING_IN
    this.resume(LOGGING_IN)
  }

  /** Nothing more is read or written; `reason` is counted. */
  close(reason: string, error = true): void {
    if (this.isClosed) return
    if (error) this.#host.stats.closedBy.set(reason, (this.#host.stats.closedBy.get(reason) ?? 0) + 1)
    this.#end()
    this.socket.destroy()
  }

  /** Sends a last packet, then closes. */
  closeAfter(bytes: Buffer, reason: string): void {
    if (this.isClosed) return
    this.#host.stats.closedBy.set(reason, (this.#host.stats.closedBy.get(reason) ?? 0) + 1)
    this.socket.end(bytes)
    this.#linger()
  }

  /** The socket has closed. */
  gone(): void {
    this.#end()
  }

  roadClosed(): void {
    this.road = undefined
    this.close('engine', false)
  }

  admitSubscription(filter: string): boolean {
    const access = this.access
    if (!access?.maySubscribe(filter)) return false
    this.subscriptions ??= new Set()
    const held = this.subscriptions
    if (!held.has(filter) && held.size >= access.subscriptions) return false
    held.add(filter)
    this.#host.subscribed(this, filter)
    return true
  }

  /** The rights of the client have changed. What it may no longer subscribe to ends the connection. */
  become(access: Access): void {
    this.access?.leave()
    access.enter()
    this.access = access
    this.lastTopic = undefined
    for (const filter of this.subscriptions ?? [])
      if (!access.maySubscribe(filter)) {
        this.close('subscription-revoked')
        return
      }
  }

  dropSubscription(filter: string): void {
    this.subscriptions?.delete(filter)
    this.#host.unsubscribed(this, filter)
  }

  #end(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.isOpen = false
    this.#framer.drop()
    const road = this.road
    this.road = undefined
    road?.hangUp()
    this.#host.closed(this)
  }

  /** The guard: right packet for the state, and not too large, before a byte of it is kept. */
  admits(first: number, length: number): boolean {
    const { limits } = this.#host
    const type = first >> 4
    if (!this.isOpen && type !== CONNECT) this.close('not-connected')
    else if (length > (this.isOpen ? limits.packetBytes : limits.connectBytes)) this.close('too-large')
    else if (type !== PUBLISH && !isControl(first)) this.close('malformed')
    return !this.isClosed
  }

  packet(b: Buffer, first: number, at: number, body: number, end: number): void {
    this.#host.stats.packets++
    if (first >> 4 !== PUBLISH) {
      control(this, this.#host, b, first, at, body, end)
      return
    }
    this.published++
    const verdict = this.#host.publish(this, b, first, body, end)
    if (verdict === FORWARD) this.forward(b, at, end)
    else if (verdict === MALFORMED) this.close('malformed')
  }

  /** The client takes its leave: no will is published. */
  disconnect(): void {
    const { road } = this
    // The engine reads it even when the socket closes first: else it would publish the will.
    this.road = undefined
    road?.feed(Buffer.from([DISCONNECT << 4, 0]))
    this.socket.end()
    this.#linger()
  }

  /** Ended on our side: the client has a moment to close on its own. */
  #linger(): void {
    this.#end()
    this.#host.linger(this.socket)
  }

  /** Hands a whole packet to the engine. */
  forward(b: Buffer, from: number, to: number): void {
    this.#host.stats.roadPackets++
    this.road ??= this.#host.openRoad(this)
    if (!this.road.feed(Buffer.from(b.subarray(from, to)))) this.pause(ROAD_FULL)
  }

  /** The last chunk has brought so many readings. */
  #slowDown(rows: number): void {
    const host = this.#host
    const access = this.access
    const isTooMuch = access && host.isCrowdedBy(access.share.add(rows, host.pending.seq))
    if ((isTooMuch || host.isOver) && !(this.paused & OVERLOAD)) {
      this.pause(OVERLOAD)
      host.overloaded(this)
    }
    if (!access || access.messagesPerSecond >= 1_000_000) return
    this.refill(this.seenAt)
    this.tokens -= this.published
    if (this.tokens < 0 && !(this.paused & THROTTLED)) {
      this.#host.throttled(this)
      this.pause(THROTTLED)
    }
  }

  /** Adds the messages that the client may send by now; true when it may go on. */
  refill(now: number): boolean {
    const { burst, messagesPerSecond } = this.access as Access
    this.tokens = Math.min(burst, this.tokens + ((now - this.tokensAt) * messagesPerSecond) / 1000)
    this.tokensAt = now
    return this.tokens >= 0
  }

  /** Whether a packet has been on its way for longer than `limitMs`; to be asked often. */
  isStalled(now: number, limitMs: number): boolean {
    return this.#framer.isStalled(now, limitMs)
  }

  /** Whether the client has taken nothing of what waits for it for `limitMs`. */
  isStuck(now: number, limitMs: number): boolean {
    const taken = this.socket.bytesWritten - this.socket.writableLength
    if (taken !== this.#taken) {
      this.#taken = taken
      this.stuckSince = now
    }
    return now - this.stuckSince > limitMs
  }
}
