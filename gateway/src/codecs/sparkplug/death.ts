import { QUALITY_STALE } from '@quartier/contracts/quality'
import type { ReadingSink } from '../codec.ts'
import { bdSeqIn } from './birth.ts'
import { tellLast } from './data.ts'
import type { Edge, Unit } from './edge.ts'
import { follow } from './sequence.ts'
import type { SparkplugTopic } from './sparkplug.ts'
import { head } from './wire.ts'

/** NDEATH and DDEATH: from now on, nothing is known of the node, or of the device. */
export function takeDeath(
  b: Uint8Array,
  from: number,
  to: number,
  edge: Edge,
  topic: SparkplugTopic,
  now: number,
  sink: ReadingSink,
): number {
  const { state, device } = topic
  if (device !== '') {
    follow(edge, head.seq, state, now, sink)
    const index = edge.indexOf(device)
    if (index >= 0) bury(edge, index, now, sink)
  } else {
    const bdSeq = bdSeqIn(b, from, to)
    // The late will of a session that the node has left behind.
    if (bdSeq >= 0 && edge.bdSeq >= 0 && bdSeq !== edge.bdSeq) return 0
    edge.seq = -1
    edge.missing.clear()
    edge.wantsBirth = false
    edge.isRestored = false
    state.wakeAt = Number.POSITIVE_INFINITY
    for (const index of edge.units.keys()) bury(edge, index, now, sink)
    edge.isGivenUp = false
  }
  state.keep()
  return 0
}

function bury(edge: Edge, index: number, now: number, sink: ReadingSink): void {
  const unit = edge.units[index] as Unit
  // An alias holds from a birth to a death: the next session may give it to another metric.
  if (!edge.isGivenUp) edge.unname(index)
  if (!unit.isOnline && !unit.isAwaited) return
  unit.isOnline = unit.isAwaited = false
  // After whatever the unit has said last, though its clock may be ahead of ours.
  unit.staleAt = Math.max(now, unit.newestAt + 1)
  for (let place = 0; place < unit.names.length; place++) tellLast(unit, place, unit.staleAt, QUALITY_STALE, sink)
}
