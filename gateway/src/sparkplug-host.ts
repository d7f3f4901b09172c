import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { Broker } from './broker/broker.ts'

export interface SparkplugHostDeps {
  readonly broker: Broker
  readonly clock: Clock
  readonly logger: Logger
  /** Empty: we do not announce ourselves. */
  readonly hostId: string
  /** Other gateways of the installation are the same host, and may go on when this one stops. */
  readonly isShared: boolean
}

/** A disk that takes nothing must not keep us from stopping. */
const FAREWELL_MS = 1_000

/**
 * Tells Sparkplug edge nodes that their primary host is here: `spBv1.0/STATE/{host}`, retained, QoS 1
 * [tck-id-host-topic-phid-birth]. The gateway is the broker, so nobody could carry out a will of ours: an orderly stop says
 * what it would have said, with the timestamp of the birth; a crash takes the connections of all edge nodes along, and the next
 * start replaces what is retained before anybody can connect.
 */
export class SparkplugHost {
  readonly stats = { corrected: 0 }
  #timestamp = 0
  #isOnline = false
  readonly #deps: SparkplugHostDeps

  constructor(deps: SparkplugHostDeps) {
    this.#deps = deps
  }

  /** Resolves when the birth is retained, and so what an earlier process left there is gone. */
  async open(): Promise<void> {
    const { broker, clock, hostId } = this.#deps
    if (hostId === '') return
    this.#timestamp = clock.now()
    this.#isOnline = true
    await this.#say(true)
    await broker.watch(topicOf(hostId), (payload) => this.#hear(payload))
  }

  /** Says that the host is gone, unless others of the installation are still there. */
  async close(): Promise<void> {
    if (!this.#isOnline) return
    this.#isOnline = false
    if (this.#deps.isShared) return
    const late = new Promise<void>((go) => setTimeout(go, FAREWELL_MS).unref())
    const said = this.#say(false).catch((error) => this.#deps.logger.warn({ err: error }, 'sparkplug.state-lost'))
    await Promise.race([said, late])
  }

  /** A will of another host with our id, or whoever else says that we are gone: we are not. */
  #hear(payload: Buffer): void {
    if (!this.#isOnline || !saysOffline(payload)) return
    this.stats.corrected++
    this.#deps.logger.warn({ host: this.#deps.hostId }, 'sparkplug.told-offline')
    this.#say(true).catch((error) => this.#deps.logger.warn({ err: error }, 'sparkplug.state-lost'))
  }

  #say(online: boolean): Promise<void> {
    const state = Buffer.from(JSON.stringify({ online, timestamp: this.#timestamp }))
    return this.#deps.broker.send(topicOf(this.#deps.hostId), state, { retain: true, qos: 1 })
  }
}

const topicOf = (hostId: string): string => `spBv1.0/STATE/${hostId}`

function saysOffline(payload: Buffer): boolean {
  try {
    return (JSON.parse(payload.toString()) as { online?: unknown }).online === false
  } catch {
    return payload.toString() === 'OFFLINE' // as before Sparkplug 3.0
  }
}
