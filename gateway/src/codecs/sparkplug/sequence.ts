import type { CodecState, ReadingSink } from '../codec.ts'
import type { Edge } from './edge.ts'
import { askForBirth } from './rebirth.ts'

/** How long a message that was overtaken may be on its way. */
export const REORDER_MS = 2_000
const NUMBERS = 256
/** A number that lies so far ahead, or further, is behind. */
const HALF = 128

/** Follows the sequence numbers of an edge node: each message has the next one, wrapping at 256. */
export function follow(edge: Edge, seq: number, state: CodecState, now: number, sink: ReadingSink): void {
  if (seq < 0 || seq >= NUMBERS) {
    // The node's own birth is the way back to a sequence that can be followed.
    if (seq >= NUMBERS) askForBirth(edge, state, now, bound(sink))
    return
  }
  if (edge.seq < 0 || seq === ((edge.seq + 1) & 255)) {
    edge.seq = seq
    return
  }
  if (edge.missing.delete(seq)) return
  const ahead = (seq - edge.seq - 1) & 255
  if (ahead >= HALF) {
    if (seq !== edge.seq) askForBirth(edge, state, now, bound(sink))
    return
  }
  if (edge.missing.size === 0) edge.missedAt = now
  for (let n = 1; n <= ahead; n++) edge.missing.add((edge.seq + n) & 255)
  edge.seq = seq
  state.wakeAt = Math.min(state.wakeAt, edge.missedAt + REORDER_MS)
}

/** The sequence begins anew. */
export function restart(edge: Edge, seq: number): void {
  edge.seq = seq < NUMBERS ? seq : -1
  edge.missing.clear()
}

export const bound = (sink: ReadingSink): ReadingSink['send'] =>
  sink.send ? (mqttTopic, payload) => sink.send?.(mqttTopic, payload) ?? false : undefined
