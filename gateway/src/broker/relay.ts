import type { Emitted } from './emitter.ts'
import { Emitter } from './emitter.ts'

/** A message of the engine as it travels between gateways; aedes' own packet. */
export interface RelayedMessage extends Emitted {
  readonly qos?: number
  readonly payload?: Buffer | string
  /** Of an arrival: when, epoch ms. */
  readonly at?: number
}

export interface RelayHandlers {
  /** Another gateway's message, in the order in which that gateway sent it. */
  deliver(message: RelayedMessage): void
  /** Messages of others may have been lost: what is queued for clients that are here has perhaps not been sent. */
  missed(): void
}

/** Passes messages on to all other gateways of the installation, at most once; what must not be lost is queued as well. */
export interface Relay {
  open(handlers: RelayHandlers): Promise<void>
  send(message: RelayedMessage): void
  /** Those of these clients for whom something is queued that was never sent. */
  unsent(clients: readonly string[]): Promise<readonly string[]>
  close(): Promise<void>
}

const ARRIVALS = /^\$SYS\/[^/]+\/new\/clients$/
/** Of what gateways tell about themselves only that they are there, which decides about wills. */
const TOLD = /^\$SYS\/[^/]+\/(heartbeat|birth)$/

/** The emitter of a gateway that is one of several: what is published here is heard there, and the reverse. */
export class SharedEmitter extends Emitter {
  readonly #relay: Relay

  constructor(relay: Relay) {
    super()
    this.#relay = relay
  }

  override emit(message: Emitted, done?: (error?: Error) => void): this {
    if (!message.topic.startsWith('$SYS/') || TOLD.test(message.topic)) this.#relay.send(message)
    return super.emit(message, done)
  }

  /** What another gateway has sent. */
  arrive(message: Emitted): void {
    super.emit(message)
  }
}

/** Says that a client has come in here, whoever had it before. */
export const arrival = (brokerId: string, engineId: string): RelayedMessage => ({
  topic: `$SYS/${brokerId}/new/clients`,
  payload: Buffer.from(engineId),
  at: Date.now(),
})

/** The client that has come in elsewhere, when the message says so. */
export const arrived = (message: RelayedMessage): string | undefined =>
  ARRIVALS.test(message.topic) ? message.payload?.toString() : undefined
