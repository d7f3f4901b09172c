import { connect } from 'mqtt'
import { createRandom } from '../random.ts'

export interface Credentials {
  readonly name: string
  readonly secret: string
}

export interface LinkOptions {
  /** Such as `mqtt://127.0.0.1:1883`. */
  readonly url: string
  readonly clientId: string
  /** Absent for a gateway that allows anonymous access. */
  readonly credentials?: Credentials
  /** Most messages under way, sent and not acknowledged. */
  readonly window: number
  /** Seed of the back-off's jitter. */
  readonly seed: number
  /** There is room for another message: after connecting, and whenever an acknowledgement made some. */
  onRoom(): void
  onTrouble?(error: Error): void
}

/**
 * One MQTT connection that sends with QoS 1 inside a window. It connects again by itself, with growing, jittered
 * pauses; what was not acknowledged is sent again then, before anything new.
 */
export interface Link {
  readonly connected: boolean
  /** Messages sent and not acknowledged. */
  readonly underWay: number
  /** Whether the connection stands and the window is open. */
  hasRoom(): boolean
  /** Sends one message; call it only while there is room. `onAcknowledged` is called once, in the order of sending. */
  send(mqttTopic: string, payload: string | Uint8Array, onAcknowledged: () => void): void
  /** Resolves when nothing is under way, or after `graceMs`; then disconnects. */
  close(graceMs: number): Promise<void>
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000

export function openLink(options: LinkOptions): Link {
  const random = createRandom(options.seed)
  let failures = 0
  let connected = false
  let underWay = 0
  let onIdle: (() => void) | undefined
  /** Half to the whole of a pause that doubles with every failure in a row. */
  const pause = () =>
    Math.round(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * random.between(0.5, 1))
  const client = connect(options.url, {
    clientId: options.clientId,
    username: options.credentials?.name,
    password: options.credentials?.secret,
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    reconnectPeriod: pause(),
    queueQoSZero: false,
  })
  client.on('connect', () => {
    connected = true
    failures = 0
    client.options.reconnectPeriod = pause()
    options.onRoom()
  })
  client.on('close', () => {
    connected = false
    failures++
    // The pause that begins now was set before; this is the one after the next failure.
    client.options.reconnectPeriod = pause()
  })
  client.on('error', (error) => options.onTrouble?.(error))
  return {
    get connected() {
      return connected
    },
    get underWay() {
      return underWay
    },
    hasRoom: () => connected && underWay < options.window,
    send: (mqttTopic, payload, onAcknowledged) => {
      underWay++
      client.publish(mqttTopic, payload as Buffer, { qos: 1 }, (error) => {
        underWay--
        if (!error) onAcknowledged()
        if (underWay === 0) onIdle?.()
        if (connected && !error) options.onRoom()
      })
    },
    close: async (graceMs) => {
      if (underWay > 0 && connected) {
        const { promise, resolve } = Promise.withResolvers<void>()
        onIdle = resolve
        const timer = setTimeout(resolve, graceMs)
        await promise
        clearTimeout(timer)
      }
      await client.endAsync(true)
    },
  }
}
