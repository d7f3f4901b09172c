import { createServer, type Server, type Socket } from 'node:net'
import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import type { FullRoad } from './broker/full-road.ts'
import type { Limits } from './config.ts'
import { Connection } from './connection.ts'
import type { FanOut } from './fan-out.ts'
import type { FastLane } from './fast-lane.ts'
import { type GuardStats, type Host, QUEUED, TAKEN, THROTTLED } from './host.ts'
import { TokenBucket } from './limits.ts'
import { Lingering } from './lingering.ts'
import type { Logins } from './login.ts'
import type { Principals } from './principals.ts'
import { CpuSamples } from './samples.ts'
import type { Routes } from './topics/routes.ts'
import { PartialBudget } from './wire/partial-budget.ts'

export interface HubDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: Limits
  readonly lane: FastLane
  readonly committer: Committer
  readonly logins: Logins
  readonly fanOut: FanOut
  readonly routes: Routes
  readonly principals: Principals
  /** How often the rights of those who are connected are looked up, ms. */
  readonly refreshMs: number
}

const SWEEP_MS = 100
interface MqttSocket extends Socket {
  client: Connection
}

/** All connections: takes them in, hands their packets to lane and engine, and sweeps away those that overstay. */
export class Hub implements Host {
  readonly limits: Limits
  readonly stats: GuardStats = {
    bytes: 0,
    packets: 0,
    lanePackets: 0,
    roadPackets: 0,
    throttled: 0,
    closedBy: new Map(),
  }
  readonly connections = new Set<Connection>()
  readonly lingering = new Lingering()
  readonly samples: CpuSamples
  readonly strangers: PartialBudget
  accepted = 0
  turnedAway = 0
  readonly #deps: HubDeps
  readonly #server: Server
  readonly #accepts: TokenBucket
  #queue: Connection[] = []
  #now = 0
  #sweep: NodeJS.Timeout | undefined
  #refreshAt = performance.now()

  constructor(deps: HubDeps) {
    this.#deps = deps
    this.limits = deps.limits
    this.samples = new CpuSamples(deps.lane)
    const { partial } = deps.principals.shares
    this.strangers = new PartialBudget(partial.limit / 2, partial)
    this.#refreshAt += deps.refreshMs
    this.#accepts = new TokenBucket(deps.limits.acceptPerSecond, deps.limits.acceptPerSecond, performance.now())
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket as MqttSocket))
  }

  /** Resolves with the port once clients can connect. `shared`: with other processes that listen there likewise. */
  listen({ host, port, shared }: { host: string; port: number; shared: boolean }): Promise<number> {
    this.#sweep = setInterval(() => this.#sweepOnce(), SWEEP_MS)
    return new Promise((done, failed) => {
      this.#server.once('error', failed)
      this.#server.listen({ host, port, reusePort: shared, backlog: 4096 }, () => {
        this.#server.off('error', failed)
        this.#server.on('error', (error) => this.#deps.logger.error({ err: error }, 'listener.failed'))
        done((this.#server.address() as { port: number }).port)
      })
    })
  }

  /** No new connections; the present ones are read no further. */
  stopReading(): void {
    this.#server.close()
    for (const c of this.connections) c.pause(QUEUED)
  }

  close(): void {
    clearInterval(this.#sweep)
    for (const c of [...this.connections]) c.close('shutdown', false)
    this.lingering.close()
  }

  get isOver(): boolean {
    return this.#deps.committer.isOver
  }

  begin(): boolean {
    this.#now = this.#deps.clock.now()
    return this.samples.begin()
  }

  timed(messages: number): void {
    this.samples.end(messages)
  }

  publish(c: Connection, b: Buffer, first: number, from: number, to: number): number {
    const verdict = this.#deps.lane.publish(c, b, first, from, to, this.#now)
    if (verdict === TAKEN) this.stats.lanePackets++
    return verdict
  }

  login(c: Connection, b: Buffer, from: number, to: number): void {
    this.#deps.logins.connect(c, b, from, to)
  }

  openRoad(c: Connection): FullRoad {
    return this.#deps.logins.openRoad(c)
  }

  grantsZero(filter: string): boolean {
    return this.#deps.routes.coversFilter(filter)
  }

  subscribed(c: Connection, filter: string): void {
    this.#deps.fanOut.subscribe(c, filter)
  }

  unsubscribed(c: Connection, filter: string): void {
    this.#deps.fanOut.unsubscribe(c, filter)
  }

  overloaded(c: Connection): void {
    this.#deps.committer.pause(c)
  }

  closed(c: Connection): void {
    this.connections.delete(c)
    c.access?.leave()
    this.#deps.logins.leave(c)
    this.#deps.fanOut.forget(c)
  }

  linger(socket: Socket): void {
    this.lingering.add(socket, performance.now())
  }

  #accept(socket: MqttSocket): void {
    if (this.connections.size + this.lingering.size >= this.limits.connections) {
      this.turnedAway++
      socket.destroy()
      return
    }
    this.accepted++
    const now = performance.now()
    const c = new Connection(socket, this, now)
    socket.client = c
    this.connections.add(c)
    socket.on('data', onData)
    socket.on('drain', onDrain)
    socket.on('close', onClose)
    socket.on('error', onError)
    if (this.#queue.length === 0 && this.#accepts.take(1, now)) socket.resume()
    else {
      c.paused = QUEUED
      this.#queue.push(c)
    }
  }

  #sweepOnce(): void {
    const now = performance.now()
    this.#admit(now)
    this.lingering.sweep(now)
    for (const c of this.connections) this.#check(c, now)
    if (now < this.#refreshAt) return
    this.#refreshAt = Number.POSITIVE_INFINITY
    this.#refresh(now)
      .catch((error) => this.#deps.logger.warn({ reason: String(error) }, 'principals.unread'))
      .finally(() => {
        this.#refreshAt = performance.now() + this.#deps.refreshMs
      })
  }

  /** Begins with connections that had to wait for their turn, in the order in which they came. */
  #admit(now: number): void {
    let next = 0
    for (; next < this.#queue.length; next++) {
      const c = this.#queue[next] as Connection
      if (c.isClosed) continue
      if (!this.#accepts.take(1, now)) break
      c.openedAt = now
      c.resume(QUEUED)
    }
    if (next > 0) this.#queue = this.#queue.slice(next)
  }

  #check(c: Connection, now: number): void {
    const { limits } = this
    if (!c.isOpen) {
      if (c.paused & QUEUED) return
      if (now - c.openedAt > limits.connectTimeoutMs) c.close('connect-timeout')
      return
    }
    if (c.paused === 0) {
      if (c.keepaliveMs > 0 && now - c.seenAt > c.keepaliveMs * 1.5) c.close('keepalive')
      else if (c.isStalled(now, limits.packetTimeoutMs)) c.close('packet-timeout')
      return
    }
    if (c.paused & THROTTLED && c.refill(now)) c.resume(THROTTLED)
    if (c.stuckSince > 0 && c.isStuck(now, limits.slowReaderMs)) c.close('slow-reader')
  }

  /** Principals that were changed or disabled meanwhile, or that have got another secret. */
  async #refresh(now: number): Promise<void> {
    const connected = new Set<Access>()
    for (const c of this.connections) if (c.access) connected.add(c.access)
    const current = await this.#deps.principals.refresh(connected, now)
    for (const c of [...this.connections]) {
      const access = c.access && current.get(c.access)
      if (typeof access === 'string') c.close(access)
      else if (access && access !== c.access) c.become(access)
    }
  }
}

// One function each for all sockets: an idle connection should cost little.
function onData(this: MqttSocket, chunk: Buffer): void {
  this.client.receive(chunk)
}
function onDrain(this: MqttSocket): void {
  this.client.drained()
}
function onClose(this: MqttSocket): void {
  this.client.gone()
}
function onError(): void {
  // 'close' follows, which is all we need to know.
}
