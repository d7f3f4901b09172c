import { SPARKPLUG_GROUP } from '../formats/names.ts'
import { encodePayload, type Metric } from '../formats/sparkplug.ts'
import type { Will } from '../mqtt/packets.ts'
import type { Message } from './messages.ts'

/** What an edge node publishes by itself. */
export interface Certificate {
  readonly mqttTopic: string
  readonly bytes: Uint8Array
}

/**
 * One Sparkplug B edge node: what a gateway is to its devices. It is born with every connection, names its metrics in
 * the birth certificates and sends aliases after that, numbers its messages, and dies by the will of its connection.
 */
export interface SparkplugEdge {
  /** The death certificate of the connection that is to be made. */
  will(): Will
  /** Where requests for a rebirth arrive. */
  readonly commands: string
  readonly isBorn: boolean
  /** Births of the node and all its devices, with the values of now. */
  born(now: number, read: (message: Message, at: number) => ArrayLike<number>): Certificate[]
  died(): void
  /** New values of one device; `undefined` when it says nothing. */
  data(message: Message, measuredAt: number, values: ArrayLike<number>): Uint8Array | undefined
}

/** @param messages  those of its devices, one each */
export function createSparkplugEdge(node: string, messages: readonly Message[]): SparkplugEdge {
  const topic = (type: string, device = '') => `spBv1.0/${SPARKPLUG_GROUP}/${type}/${node}${device && `/${device}`}`
  const firstAlias = new Map<Message, number>()
  let alias = 1
  for (const m of messages) {
    firstAlias.set(m, alias)
    alias += m.series.length
  }
  let bdSeq = -1
  let seq = 0
  let isBorn = false
  const next = (): number => {
    const now = seq
    seq = (seq + 1) % 256
    return now
  }
  return {
    commands: topic('NCMD'),
    get isBorn() {
      return isBorn
    },
    will: () => {
      bdSeq = (bdSeq + 1) % 256
      const payload = encodePayload(Date.now(), [{ name: 'bdSeq', value: { uint64: bdSeq } }])
      return { mqttTopic: topic('NDEATH'), payload, qos: 1, retain: false }
    },
    born: (now, read) => {
      seq = 0
      isBorn = true
      const own: Metric[] = [
        { name: 'bdSeq', value: { uint64: Math.max(0, bdSeq) } },
        { name: 'Node Control/Rebirth', value: false },
      ]
      return [
        { mqttTopic: topic('NBIRTH'), bytes: encodePayload(now, own, next()) },
        ...messages.map((m) => {
          const values = read(m, now)
          const first = firstAlias.get(m)!
          const metrics = m.properties.map((name, row) => ({
            name,
            alias: first + row,
            unit: m.units[row],
            value: values[row]!,
          }))
          return { mqttTopic: topic('DBIRTH', m.asset), bytes: encodePayload(now, metrics, next()) }
        }),
      ]
    },
    died: () => {
      isBorn = false
    },
    data: (message, measuredAt, values) => {
      const first = firstAlias.get(message)!
      const metrics: Metric[] = []
      for (let row = 0; row < message.series.length; row++) {
        const value = values[row]!
        if (!Number.isNaN(value)) metrics.push({ alias: first + row, value })
      }
      return metrics.length === 0 ? undefined : encodePayload(measuredAt, metrics, next())
    },
  }
}

/** Whether a command asks for a rebirth. */
export const asksForRebirth = (payload: Uint8Array): boolean => Buffer.from(payload).includes('Node Control/Rebirth')
