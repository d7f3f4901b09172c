import type { CodecState, Inward, ReadingSink } from '../codec.ts'
import { DEVICES_MS } from './birth.ts'
import { Edge } from './edge.ts'
import { askForBirth, deathCertificate } from './rebirth.ts'
import { REORDER_MS } from './sequence.ts'

/** How long a node that was remembered may take to answer after a start. */
const ANSWER_MS = 60_000

/** What happens to an edge node when nothing comes: lost messages, births that were asked for, silence after a start. */
export function wake(_key: string, state: CodecState, now: number, send: NonNullable<ReadingSink['send']>): Inward[] {
  const edge = state.value
  if (!(edge instanceof Edge)) return []
  if (edge.isRestored) return verify(edge, state, now, send)
  if (edge.missing.size > 0) {
    if (now - edge.missedAt < REORDER_MS) state.wakeAt = edge.missedAt + REORDER_MS
    else {
      edge.missing.clear()
      askForBirth(edge, state, now, send)
    }
  } else if (edge.wantsBirth) askForBirth(edge, state, now, send)
  return missingDevices(edge, state, now)
}

/** A node that an earlier process knew has said nothing since: it is asked once, and then given up. */
function verify(edge: Edge, state: CodecState, now: number, send: NonNullable<ReadingSink['send']>): Inward[] {
  if (!edge.node.isOnline) return []
  if (edge.askedAt > 0 && now - edge.askedAt >= ANSWER_MS) {
    edge.isGivenUp = true
    return [{ mqttTopic: `spBv1.0/${edge.group}/NDEATH/${edge.name}`, payload: deathCertificate(now, edge.bdSeq) }]
  }
  askForBirth(edge, state, now, send)
  return []
}

/** Devices that were there before their node was born again, and have not come back. */
function missingDevices(edge: Edge, state: CodecState, now: number): Inward[] {
  if (!edge.units.some((u) => u.isAwaited)) return []
  if (now - edge.bornAt < DEVICES_MS) {
    state.wakeAt = Math.min(state.wakeAt, edge.bornAt + DEVICES_MS)
    return []
  }
  return edge.units
    .filter((u) => u.isAwaited)
    .map((u) => ({
      mqttTopic: `spBv1.0/${edge.group}/DDEATH/${edge.name}/${u.key.slice(edge.node.key.length + 1)}`,
      payload: deathCertificate(now, -1),
    }))
}
