import { isUtf8 } from 'node:buffer'
import { utf8 } from '../bytes.ts'
import type { ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { isDeviceName, isPropertyName } from '../names.ts'
import { addMetric, seriesOf } from './data.ts'
import { type Edge, resize, type Unit } from './edge.ts'
import { metricName, propertyOf } from './names.ts'
import { askForBirth } from './rebirth.ts'
import { bound, follow, restart } from './sequence.ts'
import type { SparkplugTopic } from './sparkplug.ts'
import { isControl, number, readValue } from './values.ts'
import { head, metric, metricFrom, nextMetric, properties, scanMetric, scanProperties } from './wire.ts'

/** Devices have this long to be born after their node. */
export const DEVICES_MS = 60_000

/** Of a node with all its devices. */
const MAX_METRICS = 100_000

/** NBIRTH and DBIRTH: names, aliases, datatypes and present values of all metrics. */
export function takeBirth(
  b: Uint8Array,
  from: number,
  to: number,
  edge: Edge,
  topic: SparkplugTopic,
  now: number,
  sink: ReadingSink,
): number {
  if (checkMetrics(b, from, to) < 0) return -1
  const { state, device } = topic
  edge.isRestored = false
  const isNode = device === ''
  if (isNode) beginNode(b, from, to, edge, now)
  else follow(edge, head.seq, state, now, sink)
  const index = edge.meet(device)
  const unit = edge.units[index]
  if (unit === undefined || !isDeviceName(unit.key))
    return fail('sparkplug-device', 'the node has too many devices, or this one has no fit name', -1)
  if (edge.metrics - unit.names.length + head.metrics > MAX_METRICS)
    return fail('sparkplug-limit', `the node has more than ${MAX_METRICS} metrics`, -1)
  // Without its node's birth nobody knows the node's aliases.
  if (!isNode && !edge.node.isOnline) askForBirth(edge, state, now, bound(sink))
  nameMetrics(b, from, to, edge, index, unit, sink)
  addAll(b, from, to, unit, now, sink)
  unit.staleAt = 0
  unit.isOnline = true
  unit.isAwaited = false
  if (isNode && edge.units.some((u) => u.isAwaited)) state.wakeAt = Math.min(state.wakeAt, now + DEVICES_MS)
  edge.keptAt = now
  state.keep()
  return 0
}

/** Nothing of a broken birth may be remembered: it is read through before. */
function checkMetrics(b: Uint8Array, from: number, to: number): number {
  for (let i = nextMetric(b, from, to); i >= 0; i = nextMetric(b, i, to)) {
    if (scanMetric(b, metricFrom, i) < 0) return -1
    if (metric.nameTo > 0 && !isUtf8(b.subarray(metric.nameFrom, metric.nameTo)))
      return fail('sparkplug-name', 'a name is not UTF-8', metric.nameFrom)
  }
  return 0
}

/** A node that is born: its devices are to follow, and what was asked of it is done. */
function beginNode(b: Uint8Array, from: number, to: number, edge: Edge, now: number): void {
  restart(edge, head.seq)
  edge.bdSeq = bdSeqIn(b, from, to)
  edge.wantsBirth = false
  edge.asked = 0
  edge.bornAt = now
  for (const [index, unit] of edge.units.entries()) {
    edge.unname(index)
    if (index === 0) continue
    unit.isAwaited = unit.isOnline
    unit.isOnline = false
  }
}

/** The number of the birth or death; -1 when there is none. */
export function bdSeqIn(b: Uint8Array, from: number, to: number): number {
  for (let i = nextMetric(b, from, to); i >= 0; i = nextMetric(b, i, to)) {
    if (scanMetric(b, metricFrom, i) < 0) return -1
    if (metric.nameTo - metric.nameFrom !== 5 || utf8(b, metric.nameFrom, metric.nameTo) !== 'bdSeq') continue
    // Int64 and UInt64 are both seen, and senders that use the field for 32 bits.
    readValue(metric.field === 10 ? 7 : 8)
    return number
  }
  return -1
}

/** Gives each metric a place; series and last values of those that were there before are kept. */
function nameMetrics(
  b: Uint8Array,
  from: number,
  to: number,
  edge: Edge,
  index: number,
  unit: Unit,
  sink: ReadingSink,
): void {
  edge.unname(index)
  const before = { placeOf: new Map(unit.placeOf), handles: unit.handles, last: unit.last }
  resize(unit, head.metrics)
  const taken = new Set<string>()
  let n = 0
  for (let i = nextMetric(b, from, to); i >= 0; i = nextMetric(b, i, to)) {
    scanMetric(b, metricFrom, i)
    const m = metric
    if (m.nameTo === 0) {
      sink.reject('sparkplug-name', 'a metric of a birth has no name')
      continue
    }
    if (isControl(b, m.nameFrom, m.nameTo)) continue
    const name = metricName(b)
    const property = propertyOf(name)
    if (!isPropertyName(property) || unit.placeOf.has(name) || taken.has(property)) {
      sink.reject('sparkplug-name', `"${name.slice(0, 80)}" cannot name a series, or another metric has this name`)
      continue
    }
    if (m.alias >= 0 ? !edge.assign(m.alias, index, n) : Number.isNaN(m.alias))
      sink.reject('sparkplug-alias', `the alias of "${name.slice(0, 80)}" is that of another metric, or beyond 2^53`)
    else if (m.alias >= 0) unit.aliases[n] = m.alias
    taken.add(property)
    unit.names[n] = name
    unit.properties[n] = property
    unit.datatypes[n] = Math.min(m.datatype, 255)
    unit.placeOf.set(name, n)
    const old = before.placeOf.get(name)
    if (old !== undefined) {
      unit.handles[n] = before.handles[old] as number
      unit.last[n] = before.last[old] as number
    }
    n++
  }
  trim(unit, n)
}

function trim(unit: Unit, metrics: number): void {
  unit.names.length = unit.properties.length = unit.aliases.length = metrics
  unit.datatypes = unit.datatypes.slice(0, metrics)
  unit.handles = unit.handles.slice(0, metrics)
  unit.last = unit.last.slice(0, metrics)
}

function addAll(b: Uint8Array, from: number, to: number, unit: Unit, now: number, sink: ReadingSink): void {
  let place = 0
  for (let i = nextMetric(b, from, to); i >= 0; i = nextMetric(b, i, to)) {
    scanMetric(b, metricFrom, i)
    if (metric.nameTo === 0 || unit.placeOf.get(utf8(b, metric.nameFrom, metric.nameTo)) !== place) continue
    if (metric.propertiesTo > 0) {
      scanProperties(b, metric.propertiesFrom, metric.propertiesTo)
      const series = properties.unitTo > 0 ? seriesOf(unit, place, sink) : -1
      if (series >= 0) sink.unit?.(series, b, properties.unitFrom, properties.unitTo)
    }
    const told = metric.timestamp > 0 ? metric.timestamp : head.timestamp
    // A value that has not changed since it went stale holds again from the birth on.
    addMetric(b, unit, place, told <= unit.staleAt ? Math.max(head.timestamp || now, unit.staleAt + 1) : told, sink)
    place++
  }
}
