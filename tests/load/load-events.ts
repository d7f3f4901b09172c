import type { MessageStream, StreamOptions } from './load-messages.ts'
import { publishPacket } from './mqtt-wire.ts'

const EVENTS = [
  { kind: 'line-crossed', attributes: { line: 'north gate', direction: 'in', objectClass: 'person', count: 100_000 } },
  { kind: 'object-count', attributes: { area: 'square', objectClass: 'car', confidence: 0.83, count: 100_000 } },
  { kind: 'occupancy', attributes: { area: 'hall', occupied: 31, capacity: 400, count: 100_000 } },
  { kind: 'lift-fault', attributes: { fault: 'E12', floor: 3, phase: 'start', count: 100_000 } },
] as const

/** Events in plain JSON, one to a message, each with a time and a number of its own; the sum is that of the numbers. */
export function eventStream(o: StreamOptions): MessageStream {
  const { kind, attributes } = EVENTS[o.seed % EVENTS.length] as (typeof EVENTS)[number]
  const payload = Buffer.from(JSON.stringify({ kind, ts: o.startAt, attributes }))
  const packet = publishPacket(`e/${o.source}/d/${o.device}`, payload, 1)
  const idAt = packet.length - payload.length - 2
  const timeAt = packet.indexOf('"ts":') + 5
  const countAt = packet.indexOf('"count":') + 8
  let at = o.startAt
  let count = 100_000 + (o.seed % 1000)
  return {
    readingsPerMessage: 1,
    packetBytes: packet.length,
    write(out, to, packetId) {
      packet.writeUInt16BE(packetId, idAt)
      packet.write(String(at), timeAt)
      packet.write(String(count), countAt)
      const sum = count
      at += o.stepMs
      count = count === 999_999 ? 100_000 : count + 1
      out.set(packet, to)
      return sum
    },
  }
}
