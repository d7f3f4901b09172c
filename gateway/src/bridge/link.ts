import { readFileSync } from 'node:fs'
import type { Clock, Logger } from '@quartier/contracts/runtime'
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Taken } from '../broker/broker.ts'
import type { DeviceLogWriter } from '../device-log.ts'
import { ackBytes, PUBACK } from '../wire/packets.ts'
import type { BridgeConfig } from './config.ts'

/** The place where messages are taken in, as this file uses it. */
export interface Intake {
  /** So much waits for the log that nothing more may be taken. */
  readonly isOver: boolean
  /** Resolves when there may be room again. */
  room(): Promise<void>
  /** Resolves when the message is durable. */
  take(message: Taken): Promise<void>
}

export interface LinkDeps {
  readonly config: BridgeConfig
  /** Which of the bridge's connections this is, from 1. */
  readonly slot: number
  readonly intake: Intake
  readonly clock: Clock
  readonly logger: Logger
  readonly deviceLog: DeviceLogWriter
  readonly stats: LinkStats
}

/** Counted for all connections of a bridge together. */
export interface LinkStats {
  received: number
  repeated: number
  acknowledged: number
  connects: number
  failures: number
  held: number
  connected: number
}

const RECONNECT_MS = 1_000
const KEEPALIVE_S = 30
const REFUSED = 128
/** What handleMessage answers so that the client sends no PUBACK of its own. */
const LATER = new Error('acknowledged once it is durable')

/**
 * One connection to a broker of somebody else's. A message is acknowledged when what it says is durable here; until then
 * the broker keeps it, and sends it again to whoever resumes the session.
 */
export class BridgeLink {
  /** Messages taken and not acknowledged yet. */
  open = 0
  readonly #deps: LinkDeps
  #client: MqttClient | undefined
  #isStopping = false
  #isFirst = true
  /** PUBACKs that wait for the end of this turn of the event loop. */
  #acks: number[] = []
  #acksFor: object | undefined
  #onIdle: (() => void) | undefined
  /** Those who wait until one message less is open. */
  #waiting: (() => void)[] = []

  constructor(deps: LinkDeps) {
    this.#deps = deps
  }

  start(): void {
    const { config, logger, stats } = this.#deps
    const client = mqtt.connect(config.url, this.#options())
    this.#client = client
    client.handleMessage = (packet, done) => void this.#handle(packet as IPublishPacket, done)
    client.on('connect', ({ sessionPresent }) => {
      stats.connects++
      stats.connected++
      client.once('close', () => stats.connected--)
      logger.info({ bridge: config.name, sessionPresent }, 'bridge.connected')
      this.#say(
        'bridge-connected',
        sessionPresent ? 'connected, and goes on where it was' : 'connected, in a new session',
      )
      // A session has its subscriptions already; after our own start they may be others.
      if (!sessionPresent || this.#isFirst) this.#subscribe(client)
      this.#isFirst = false
    })
    client.on('error', (error) => {
      stats.failures++
      logger.warn({ bridge: config.name, reason: error.message }, 'bridge.failed')
      this.#say(
        'bridge-failed',
        `cannot be reached, or refuses us: ${error.message || (error as { code?: string }).code}`,
      )
    })
    client.on('offline', () => this.#say('bridge-lost', 'the connection is lost; it is made again'))
  }

  /** Tells the broker something at QoS 0; false while it cannot be reached. */
  send(mqttTopic: string, payload: Uint8Array): boolean {
    if (!this.#client?.connected || this.#isStopping) return false
    this.#client.publish(mqttTopic, Buffer.from(payload), { qos: 0 })
    return true
  }

  /** Takes nothing more, acknowledges what becomes durable within `limitMs`, and leaves the session to whoever comes next. */
  async stop(limitMs: number): Promise<void> {
    this.#isStopping = true
    const idle = new Promise<void>((done) => {
      this.#onIdle = done
    })
    const late = new Promise<void>((done) => setTimeout(done, limitMs).unref())
    if (this.open > 0) await Promise.race([idle, late])
    this.#flush()
    await this.#client?.endAsync(true).catch(() => {})
  }

  #options(): IClientOptions {
    const { config, slot } = this.#deps
    const { caFile, certFile, keyFile, passwordFile, username, version, window, sessionExpiryS } = config
    const isFive = version === '5'
    return {
      protocolVersion: isFive ? 5 : 4,
      clientId: `quartier-${config.name}-${slot}`,
      clean: false,
      resubscribe: false,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: RECONNECT_MS,
      username: username === '' ? undefined : username,
      password: passwordFile ? readFileSync(passwordFile, 'utf8').trim() : undefined,
      ca: caFile ? readFileSync(caFile) : undefined,
      cert: certFile ? readFileSync(certFile) : undefined,
      key: keyFile ? readFileSync(keyFile) : undefined,
      properties: isFive ? { sessionExpiryInterval: sessionExpiryS, receiveMaximum: window } : undefined,
    }
  }

  #subscribe(client: MqttClient): void {
    const { config } = this.#deps
    const prefix = config.share === null ? '' : `$share/${config.share}/`
    // Retained messages come only with a subscription that is new, where the protocol can say so.
    const options = config.version === '5' && config.share === null ? { qos: 1 as const, rh: 1 } : { qos: 1 as const }
    const wanted = Object.fromEntries(config.filters.map((filter) => [prefix + filter, options]))
    client.subscribe(wanted, (error, granted) => {
      const refused = (granted ?? []).filter((g) => (g.qos as number) >= REFUSED).map((g) => g.topic)
      if (!error && refused.length === 0) return
      this.#deps.stats.failures++
      this.#say(
        'bridge-refused',
        `the broker refuses to let us read ${refused.join(', ') || config.filters.join(', ')}`,
      )
    })
  }

  async #handle(packet: IPublishPacket, done: (error?: Error) => void): Promise<void> {
    const { intake, stats, config } = this.#deps
    const client = this.#client as MqttClient
    const { stream } = client
    stats.received++
    if (packet.dup) stats.repeated++
    // Until there is room the client reads no further: the network slows the broker down.
    while (!this.#isStopping && (intake.isOver || this.open >= config.window)) {
      stats.held++
      await (intake.isOver ? intake.room() : this.#oneLess())
    }
    const isPromised = packet.qos > 0
    // What is not taken and not acknowledged comes again.
    if (isPromised && (this.#isStopping || stream.destroyed)) {
      done(LATER)
      return
    }
    this.open++
    const { topic, payload, retain, qos, messageId } = packet
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    intake.take({ topic, payload: bytes, retain, qos }).then(
      () => {
        this.open--
        if (isPromised && messageId !== undefined) this.#acknowledge(stream, messageId)
        this.#wake()
      },
      (error: unknown) => {
        this.open--
        this.#deps.logger.error({ err: error, bridge: config.name }, 'bridge.not-taken')
        this.#wake()
      },
    )
    done(isPromised ? LATER : undefined)
  }

  /** In the order in which they came [MQTT-4.6.0-2]; many at once, and only where their ids mean something. */
  #acknowledge(stream: object, messageId: number): void {
    if (this.#acksFor !== stream) this.#flush()
    if (this.#acks.length === 0) setImmediate(() => this.#flush())
    this.#acksFor = stream
    this.#acks.push(messageId)
  }

  #flush(): void {
    const stream = this.#acksFor as MqttClient['stream'] | undefined
    const acks = this.#acks
    this.#acks = []
    if (!stream || acks.length === 0 || stream.destroyed || stream !== this.#client?.stream) return
    this.#deps.stats.acknowledged += acks.length
    stream.write(Buffer.concat(acks.map((id) => ackBytes(PUBACK, id))))
  }

  #oneLess(): Promise<void> {
    return new Promise((go) => this.#waiting.push(go))
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
    if (this.open === 0) this.#onIdle?.()
  }

  #say(event: string, detail: string): void {
    const { config, deviceLog } = this.#deps
    deviceLog.note({ device: `bridge:${config.name}`, event, detail, address: new URL(config.url).host })
  }
}
