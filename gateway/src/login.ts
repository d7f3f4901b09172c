import { randomUUID } from 'node:crypto'
import type { Logger } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import type { Committer } from './append.ts'
import type { Broker } from './broker/broker.ts'
import { FullRoad } from './broker/full-road.ts'
import type { Limits } from './config.ts'
import type { Connection } from './connection.ts'
import type { DeviceLogWriter } from './device-log.ts'
import { LOGGING_IN, QUEUED } from './host.ts'
import { type DoorRules, identify } from './identify.ts'
import { FlapGuard } from './limits.ts'
import type { Principals } from './principals.ts'
import { cleanTopic, isPlainWill } from './privacy/personal-topics.ts'
import { levelsOf } from './topics/filter.ts'
import { type Connect, connectBytes, parseConnect, type Will } from './wire/connect.ts'
import { ACCEPTED, BAD_CLIENT_ID, BAD_PROTOCOL, connackBytes, NOT_AUTHORISED, UNAVAILABLE } from './wire/packets.ts'

export interface LoginDeps {
  readonly principals: Principals
  readonly committer: Committer
  readonly broker: Broker
  readonly limits: Limits
  readonly logger: Logger
  /** Whether what is published to an MQTT topic may identify people. */
  readonly isPersonal: (mqttTopic: string) => boolean
  readonly deviceLog: DeviceLogWriter
  /** What holds at the door; others when certificates are renewed. */
  readonly rules: () => DoorRules
  /** Tells other gateways that the client has come in here. */
  readonly announce?: (engineId: string) => void
}

/** Answers CONNECT: who it is, whether it may come in, and whom it takes over from. */
export class Logins {
  readonly clients = new Map<string, Connection>()
  readonly stats = { accepted: 0, refused: 0, takeovers: 0 }
  readonly flapping: FlapGuard
  /** Devices by name, whatever client ids they take. */
  readonly storming: FlapGuard
  readonly failures: FlapGuard
  readonly #deps: LoginDeps
  /** Real time, which gateways share. */
  readonly #enteredAt = new WeakMap<Connection, number>()
  /** Those who log in under one id come in one after the other. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(deps: LoginDeps) {
    this.#deps = deps
    this.flapping = new FlapGuard(deps.limits.flapConnects, deps.limits.flapBanMs)
    const { flapConnects, deviceConnections, flapBanMs } = deps.limits
    this.storming = new FlapGuard(flapConnects * deviceConnections, flapBanMs)
    this.failures = new FlapGuard(deps.limits.failedLogins, deps.limits.flapBanMs)
  }

  /** The CONNECT with the body `b[from, to)`. */
  connect(c: Connection, b: Buffer, from: number, to: number): void {
    const connect = parseConnect(b, from, to)
    if (connect === 'malformed') {
      c.close('malformed')
      return
    }
    if (connect === 'level') {
      this.#refuse(c, BAD_PROTOCOL, 'protocol-level')
      return
    }
    c.pause(LOGGING_IN)
    this.#enter(c, connect).catch((error) => {
      this.#deps.logger.error({ err: error }, 'login.failed')
      this.#refuse(c, UNAVAILABLE, 'login-failed')
    })
  }

  /** The connection no longer stands for its client. */
  leave(c: Connection): void {
    if (this.clients.get(c.engineId) === c) this.clients.delete(c.engineId)
  }

  /** The client has come in at another gateway `at` an instant (old news when it came here later), or must come back. */
  dismiss(engineId: string, at = Infinity): void {
    const c = this.clients.get(engineId)
    if (!c || (this.#enteredAt.get(c) ?? 0) > at) return
    this.stats.takeovers++
    c.pause(QUEUED)
    const close = () => c.close('taken-over')
    this.#deps.committer.whenDurable(c.lastBatch).then(close, close)
  }

  /** A road for a client that came in without one; the client has its CONNACK already. */
  openRoad(c: Connection): FullRoad {
    return this.#attach(c, { clean: true, will: undefined }, false)
  }

  async #enter(c: Connection, connect: Connect): Promise<void> {
    const now = performance.now()
    // By name as well: many devices share an address, and one that is set up wrongly must not lock out the others.
    const who = `${c.address} ${connect.username ?? c.arrival.peer?.fingerprint ?? ''}`
    const named = connect.username ?? c.arrival.peer?.name ?? ''
    if (this.failures.isBanned(who, now))
      return this.#refuse(c, NOT_AUTHORISED, 'banned', { device: named, detail: 'it has failed to log in too often' })
    const access = await identify(this.#deps.principals, this.#deps.rules(), c.arrival, connect, now)
    if ('code' in access) {
      this.failures.count(who, now)
      const { code, event, ...told } = access
      return this.#refuse(c, code, event, told)
    }
    const device = access.principal.name
    if (connect.clientId === '' && (!connect.clean || connect.level === 3))
      return this.#refuse(c, BAD_CLIENT_ID, 'client-id', { device, detail: 'it gave no client id' })
    const id = engineId(access.principal.name, connect.clientId || randomUUID())
    if (this.#isFlapping(access, id, now))
      return this.#refuse(c, NOT_AUTHORISED, 'banned', { device, detail: 'it connects again and again' })
    if (connect.will && !this.#mayWill(access, connect.will))
      return this.#refuse(c, NOT_AUTHORISED, 'will', { device, detail: 'it may not leave such a will' })
    if (c.isClosed) return
    if (!this.#hasRoom(access, id))
      return this.#refuse(c, UNAVAILABLE, 'connections', { device, detail: 'it has as many connections as it may' })
    access.enter()
    c.access = access
    c.engineId = id
    c.keepaliveMs = connect.keepaliveS * 1000
    const turn = this.#afterOthers(c, connect, id)
    this.#turns.set(id, turn)
    await turn.finally(() => {
      if (this.#turns.get(id) === turn) this.#turns.delete(id)
    })
  }

  /** One connection of the same client will go. */
  #hasRoom(access: Access, id: string): boolean {
    return access.share.connections < access.connectionLimit + (this.clients.has(id) ? 1 : 0)
  }

  #isFlapping(access: Access, id: string, now: number): boolean {
    const { kind, name } = access.principal
    if (kind === 'service') return false
    // A device that takes another client id each time is still one device.
    const isStorming = kind === 'device' && countIn(this.storming, name, now)
    return countIn(this.flapping, id, now) || isStorming
  }

  /** A will is stored as it is until it is sent: that of a personal source must say no more than that it has gone. */
  #mayWill(access: Access, will: Will): boolean {
    const isPersonal = access.principal.personal || this.#deps.isPersonal(will.topic)
    if (isPersonal && (!isPlainWill(will) || cleanTopic(will.topic) !== will.topic)) return false
    const { topicLevels, topicBytes } = this.#deps.limits
    const fits = levelsOf(will.topic) <= topicLevels && Buffer.byteLength(will.topic) <= topicBytes
    return fits && access.mayPublish(will.topic)
  }

  /** Ends the client's older connection, after what it sent has become durable, and then lets the new one in. */
  async #afterOthers(c: Connection, connect: Connect, id: string): Promise<void> {
    await this.#turns.get(id)?.catch(() => {})
    const { broker, committer } = this.#deps
    const old = this.clients.get(id)
    if (old) {
      this.stats.takeovers++
      old.pause(QUEUED)
      await committer.whenDurable(old.lastBatch)
      old.close('taken-over')
    }
    const isGone = await broker.gone(id)
    if (c.isClosed) return
    if (!isGone) return this.#refuse(c, UNAVAILABLE, 'still-leaving')
    this.clients.set(id, c)
    this.#enteredAt.set(c, Date.now())
    this.#deps.announce?.(id)
    this.stats.accepted++
    if (connect.clean && !connect.will && !(await broker.hasSession(id))) {
      if (c.isClosed) return
      c.send(connackBytes(ACCEPTED))
      return c.open()
    }
    const road = this.#attach(c, connect, true)
    c.road = road
    const { code } = await road.accepted
    if (code === ACCEPTED) c.open()
    else c.close('engine')
  }

  #attach(c: Connection, connect: Pick<Connect, 'clean' | 'will'>, forwardConnack: boolean): FullRoad {
    const bytes = connectBytes({ level: 4, clean: connect.clean, will: connect.will }, c.engineId)
    const road = new FullRoad(c, bytes, forwardConnack)
    this.#deps.broker.attach(road)
    return road
  }

  #refuse(c: Connection, code: number, reason: string, told?: { device: string; detail: string }): void {
    this.stats.refused++
    if (told) this.#deps.deviceLog.note({ ...told, event: reason, address: c.address })
    c.closeAfter(connackBytes(code), reason)
  }
}

/** Whether the key is banned, now or with this one. */
function countIn(guard: FlapGuard, key: string, now: number): boolean {
  if (guard.isBanned(key, now)) return true
  guard.count(key, now)
  return guard.isBanned(key, now)
}

/** Client ids are a principal's own: nobody can take over or read the session of another by naming its id. */
const engineId = (principal: string, clientId: string): string => `${encodeURIComponent(principal)}/${clientId}`

/** The name of the principal in an {@link engineId}. */
export const principalOf = (id: string): string => decodeURIComponent(id.slice(0, id.indexOf('/')))
