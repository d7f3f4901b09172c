import type { Link } from '../mqtt/link.ts'
import type { Payload } from './payloads.ts'

/** Counts of one simulation since its start. Everything due is sent, waiting or given up. */
export interface SimulationCounts {
  sentMessages: number
  sentReadings: number
  acknowledgedMessages: number
  acknowledgedReadings: number
  /** Events sent, which are messages of their own. */
  sentEvents: number
  /** Messages that left more than a second after they were due. */
  lateMessages: number
  /** Messages given up: the backlog was full, or the simulator had fallen behind by too much. */
  givenUpMessages: number
}

/** The counts and how things stand. */
export interface SimulationState extends Readonly<SimulationCounts> {
  /** Messages due and not sent yet. */
  readonly waitingMessages: number
  /** MQTT connections that stand. */
  readonly connected: number
}

export const noCounts = (): SimulationCounts => ({
  sentMessages: 0,
  sentReadings: 0,
  acknowledgedMessages: 0,
  acknowledgedReadings: 0,
  sentEvents: 0,
  lateMessages: 0,
  givenUpMessages: 0,
})

/** Messages of one connection that are due: only their numbers and instants, encoded when there is room to send. */
export interface Outbox {
  readonly waiting: number
  put(message: number, at: number): void
  /** Sends while the link has room. */
  pump(): void
}

export function createOutbox(
  link: Link,
  backlog: number,
  counts: SimulationCounts,
  encode: (message: number, at: number) => Payload | undefined,
  isLate: (at: number) => boolean,
): Outbox {
  const messages: number[] = []
  const instants: number[] = []
  let next = 0
  const take = () => {
    next++
    if (next > 256 && next * 2 > messages.length) {
      messages.splice(0, next)
      instants.splice(0, next)
      next = 0
    }
  }
  const pump = () => {
    while (next < messages.length && link.hasRoom()) {
      const at = instants[next]!
      const payload = encode(messages[next]!, at)
      take()
      if (!payload) continue
      if (isLate(at)) counts.lateMessages++
      counts.sentMessages++
      counts.sentReadings += payload.readings
      const onAcknowledged = () => {
        counts.acknowledgedMessages++
        counts.acknowledgedReadings += payload.readings
      }
      link.send(payload.mqttTopic, payload.bytes, onAcknowledged, payload)
    }
  }
  return {
    get waiting() {
      return messages.length - next
    },
    put: (message, at) => {
      messages.push(message)
      instants.push(at)
      if (messages.length - next > backlog) pump()
      if (messages.length - next <= backlog) return
      counts.givenUpMessages++
      take()
    },
    pump,
  }
}
