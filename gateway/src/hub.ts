import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import type { FullRoad } from './broker/full-road.ts'
import type { Limits } from './config.ts'
import { Connection } from './connection.ts'
import type { DeviceLogWriter } from './device-log.ts'
import { Door, type ListenOptions } from './door.ts'
import type { FanOut } from './fan-out.ts'
import type { FastLane } from './fast-lane.ts'
import { type GuardStats, type Host, QUEUED, TAKEN, THROTTLED } from './host.ts'
import type { Arrival } from './identify.ts'
import { Lingering } from './lingering.ts'
import type { Logins } from './login.ts'
import type { Ended, Principals } from './principals.ts'
import { CpuSamples } from './samples.ts'
import type { TlsConfig } from './tls/config.ts'
import { Handshakes } from './tls/handshakes.ts'
import { Peers } from './tls/peer.ts'
import type { Routes } from './topics/routes.ts'
import { Turns } from './turns.ts'
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
  readonly deviceLog: DeviceLogWriter
  readonly tls: TlsConfig
  /** Holds what the gateway makes for TLS. */
  readonly tlsFolder: string
  /** How often the rights of those who are connected are looked up, ms. */
  readonly refreshMs: number
}

const SWEEP_MS = 100
/** What a connection may be read of in one round: as much as the kernel hands over at once. */
const QUANTUM_BYTES = 65_536
/** While the log is crowded, nobody goes on who has this share of what waits for it. */
const CROWDING_SHARE = 1 / 8
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
  readonly turns = new Turns(QUANTUM_BYTES)
  /** There when the gateway speaks TLS. */
  readonly handshakes: Handshakes | undefined
  readonly #deps: HubDeps
  readonly #plain: Door
  readonly #secure: Door | undefined
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
    this.#plain = this.#door(deps.limits.acceptPerSecond, (socket) => this.#enter(socket))
    const { tls } = deps
    if (tls.port === null) return
    const handshakes = this.#openHandshakes(tls)
    this.handshakes = handshakes
    this.#secure = this.#door(tls.handshakesPerSecond, (socket) => handshakes.begin(socket))
  }

  /** Resolves with the port once clients can connect. */
  listen(options: ListenOptions): Promise<number> {
    this.#sweep = setInterval(() => this.#sweepOnce(), SWEEP_MS)
    return this.#plain.listen(options)
  }

  /** The same for TLS; null when there is none. */
  async listenSecurely({ shared }: Pick<ListenOptions, 'shared'>): Promise<number | null> {
    const { host, port } = this.#deps.tls
    return this.#secure && port !== null ? await this.#secure.listen({ host, port, shared }) : null
  }

  get accepted(): number {
    return this.#plain.accepted + (this.#secure?.accepted ?? 0)
  }

  get turnedAway(): number {
    return this.#plain.turnedAway + (this.#secure?.turnedAway ?? 0)
  }

  /** Sockets that wait for their turn. */
  get waiting(): number {
    return this.#plain.waiting + (this.#secure?.waiting ?? 0)
  }

  /** No new connections; the present ones are read no further. */
  stopReading(): void {
    this.#plain.close()
    this.#secure?.close()
    for (const c of this.connections) c.pause(QUEUED)
  }

  close(): void {
    clearInterval(this.#sweep)
    this.handshakes?.close()
    for (const c of [...this.connections]) c.close('shutdown', false)
    this.lingering.close()
  }

  get isOver(): boolean {
    return this.#deps.committer.isOver
  }

  get pending(): { readonly rows: number; readonly seq: number } {
    return this.#deps.committer
  }

  isCrowdedBy(rows: number): boolean {
    const { committer } = this.#deps
    return committer.isCrowded && rows > committer.rows * CROWDING_SHARE
  }

  throttled(c: Connection): void {
    this.stats.throttled++
    const { principal, messagesPerSecond } = c.access as Access
    const detail = `it sends faster than ${messagesPerSecond} messages a second, and is read more slowly`
    this.#deps.deviceLog.note({ device: principal.name, event: 'slowed-down', detail, address: c.address })
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

  #door(perSecond: number, enter: (socket: Socket) => void): Door {
    const onError = (error: Error) => this.#deps.logger.error({ err: error }, 'listener.failed')
    const hasRoom = () => {
      const { connections, lingering, handshakes, waiting } = this
      return connections.size + lingering.size + (handshakes?.pending ?? 0) + waiting < this.limits.connections
    }
    return new Door({ perSecond, hasRoom, enter, onError })
  }

  #openHandshakes(config: TlsConfig): Handshakes {
    const { logger, tlsFolder: folder, deviceLog } = this.#deps
    const peers = new Peers()
    return new Handshakes({
      config,
      folder,
      logger,
      timeoutMs: this.limits.connectTimeoutMs,
      secured: (socket) => this.#enter(socket, { secure: true, peer: peers.of(socket) }),
      failed: (reason, address = '') =>
        deviceLog.note({
          device: '',
          event: 'handshake-failed',
          detail: `TLS could not be agreed on: ${reason}`,
          address,
        }),
    })
  }

  #enter(plain: Socket | TLSSocket, arrival?: Arrival): void {
    const socket = plain as MqttSocket
    if (socket.destroyed) return
    const c = new Connection(socket, this, performance.now(), arrival)
    socket.client = c
    this.connections.add(c)
    socket.on('data', onData)
    socket.on('drain', onDrain)
    socket.on('close', onClose)
    socket.on('error', onError)
    socket.resume()
  }

  #sweepOnce(): void {
    const now = performance.now()
    this.#plain.admit(now)
    this.#secure?.admit(now)
    this.lingering.sweep(now)
    for (const c of this.connections) this.#check(c, now)
    if (now < this.#refreshAt) return
    this.#refreshAt = Number.POSITIVE_INFINITY
    this.refresh()
      .catch((error) => this.#deps.logger.warn({ reason: String(error) }, 'principals.unread'))
      .finally(() => {
        this.#refreshAt = performance.now() + this.#deps.refreshMs
      })
  }

  #check(c: Connection, now: number): void {
    const { limits } = this
    if (!c.isOpen) {
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

  /** Principals that were changed, revoked or disabled meanwhile, or that have got another secret: all, or those named. */
  async refresh(names: ReadonlySet<string> | 'all' = 'all'): Promise<void> {
    const connected = new Set<Access>()
    for (const { access } of this.connections)
      if (access && (names === 'all' || names.has(access.principal.name))) connected.add(access)
    const current = await this.#deps.principals.refresh(connected, performance.now())
    for (const c of [...this.connections]) {
      const access = c.access && current.get(c.access)
      if (typeof access === 'string') this.#expel(c, access)
      else if (access && access !== c.access) c.become(access)
    }
  }

  #expel(c: Connection, why: Ended): void {
    const device = c.access?.principal.name ?? ''
    this.#deps.deviceLog.note({ device, event: `closed-${why}`, detail: EXPELLED[why], address: c.address })
    c.close(why)
  }
}

const EXPELLED: Readonly<Record<Ended, string>> = {
  disabled: 'its connection was closed: it is disabled or removed',
  'secret-changed': 'its connection was closed: it has got another secret',
  revoked: 'its connection was closed: its certificate or token was revoked',
  expired: 'its connection was closed: its certificate or token has expired',
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
