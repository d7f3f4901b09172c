import type { Logger } from '@quartier/contracts/runtime'
import { connect, type MqttClient } from 'mqtt'
import { DATATYPES, encodePayload, type Metric } from './payload.ts'

export interface EdgeOptions {
  readonly url: string
  readonly user: string | null
  readonly password: string
  readonly group: string
  readonly node: string
  readonly device: string
  readonly backlog: number
  readonly logger: Logger
  readonly now: () => number
  /** What the device's birth tells: every metric with its present value; `undefined` while the device is away. */
  readonly birth: () => readonly Metric[] | undefined
}

const RETRY_MS = 1_000
const CHUNK = 500

/** A Sparkplug edge node with one device: births, data by alias, deaths, rebirths, and a backlog sent as history. */
export class Edge {
  readonly stats = { births: 0, data: 0, lost: 0 }
  readonly #o: EdgeOptions
  #client: MqttClient | undefined
  #isOnline = false
  #isDeviceBorn = false
  #session = -1
  #seq = 0
  #backlog: Metric[] = []
  #retry: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: EdgeOptions) {
    this.#o = options
  }

  start(): void {
    this.#connect()
  }

  /** New values of the device, named by alias; kept where they cannot be sent now. */
  data(metrics: readonly Metric[]): void {
    if (this.#isOnline && this.#isDeviceBorn) {
      this.#publish('DDATA', metrics)
      this.stats.data += metrics.length
      return
    }
    this.#backlog.push(...metrics)
    const over = this.#backlog.length - this.#o.backlog
    if (over > 0) {
      this.#backlog.splice(0, over)
      this.stats.lost += over
    }
  }

  /** The device is there, or there again. */
  deviceBorn(): void {
    const birth = this.#o.birth()
    if (!this.#isOnline || !birth) return
    this.#publish('DBIRTH', birth)
    this.#isDeviceBorn = true
    this.#sendBacklog()
  }

  deviceGone(): void {
    if (this.#isOnline && this.#isDeviceBorn) this.#publish('DDEATH', [])
    this.#isDeviceBorn = false
  }

  /** Says that the node dies, and goes. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    const client = this.#client
    if (!client) return
    // A clean disconnect discards the will, so what it would have said is said here.
    if (this.#isOnline) await client.publishAsync(this.#topic('NDEATH'), this.#death(), { qos: 1 }).catch(() => {})
    await client.endAsync().catch(() => {})
  }

  #connect(): void {
    const { url, user, password, group, node, logger } = this.#o
    this.#session = (this.#session + 1) & 255
    const client = connect(url, {
      ...(user === null ? {} : { username: user, password }),
      ...{ clientId: `${group}-${node}`, clean: true, protocolVersion: 4, reconnectPeriod: 0, keepalive: 30 },
      will: { topic: this.#topic('NDEATH'), payload: this.#death(), qos: 1, retain: false },
    })
    this.#client = client
    client.on(
      'connect',
      () => void this.#connected(client).catch((error) => logger.warn({ err: error }, 'edge.failed')),
    )
    client.on('message', (topic, payload) => this.#hear(topic, payload))
    client.on('error', (error) => logger.warn({ reason: error.message }, 'edge.error'))
    client.on('close', () => this.#closed())
  }

  async #connected(client: MqttClient): Promise<void> {
    await client.subscribeAsync(this.#topic('NCMD'), { qos: 1 })
    this.#isOnline = true
    this.#birth()
  }

  #closed(): void {
    this.#isOnline = this.#isDeviceBorn = false
    if (this.#isStopped) return
    this.#retry = setTimeout(() => this.#connect(), RETRY_MS)
  }

  /** The node's birth, and behind it that of the device. */
  #birth(): void {
    const at = this.#o.now()
    this.#seq = 0
    this.#isDeviceBorn = false
    const metrics: Metric[] = [
      { name: 'bdSeq', at, datatype: DATATYPES.int64, value: this.#session },
      { name: 'Node Control/Rebirth', at, datatype: DATATYPES.boolean, value: false },
    ]
    this.#client?.publish(this.#topic('NBIRTH'), encodePayload(at, metrics, 0), { qos: 0 })
    this.stats.births++
    this.deviceBorn()
  }

  #sendBacklog(): void {
    const missed = this.#backlog
    this.#backlog = []
    for (let from = 0; from < missed.length; from += CHUNK)
      this.#publish(
        'DDATA',
        missed.slice(from, from + CHUNK).map((m) => ({ ...m, isHistorical: true })),
      )
  }

  #hear(topic: string, payload: Buffer): void {
    // The only command that the bridge knows; its name stands in the payload as it is.
    if (topic === this.#topic('NCMD') && payload.includes('Node Control/Rebirth')) this.#birth()
  }

  #publish(type: 'DBIRTH' | 'DDATA' | 'DDEATH', metrics: readonly Metric[]): void {
    this.#seq = (this.#seq + 1) & 255
    const topic = `${this.#topic(type)}/${this.#o.device}`
    this.#client?.publish(topic, encodePayload(this.#o.now(), metrics, this.#seq), { qos: 0 })
  }

  #death(): Buffer {
    const at = this.#o.now()
    return encodePayload(at, [{ name: 'bdSeq', at, datatype: DATATYPES.int64, value: this.#session }])
  }

  #topic(type: string): string {
    return `spBv1.0/${this.#o.group}/${type}/${this.#o.node}`
  }
}
