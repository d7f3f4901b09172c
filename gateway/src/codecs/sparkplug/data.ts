import { MARK_HISTORICAL, QUALITY_BAD, QUALITY_STALE } from '@quartier/contracts/quality'
import { utf8 } from '../bytes.ts'
import type { ReadingSink } from '../codec.ts'
import { fail } from '../fault.ts'
import { MAX_STRING_BYTES } from '../limits.ts'
import { type Edge, placeAt, resize, UNSOUGHT, Unit, unitAt } from './edge.ts'
import { metricName, propertyOf } from './names.ts'
import { askForBirth } from './rebirth.ts'
import { bound, follow } from './sequence.ts'
import type { SparkplugTopic } from './sparkplug.ts'
import { BIG, bigDigits, isControl, NUMBER, number, readValue, saidDatatype, TEXT, UNSUPPORTED } from './values.ts'
import { head, metric, metricFrom, nextMetric, properties, scanMetric, scanProperties } from './wire.ts'

/** Values of an edge node that reports by exception are saved this often, to be told as stale after a crash. */
const KEEP_MS = 60_000

/** NDATA and DDATA: new values of metrics that a birth has named, or that name themselves. */
export function takeData(
  b: Uint8Array,
  from: number,
  to: number,
  edge: Edge,
  topic: SparkplugTopic,
  now: number,
  sink: ReadingSink,
): number {
  const { state } = topic
  follow(edge, head.seq, state, now, sink)
  edge.isRestored = false
  const index = edge.indexOf(topic.device)
  const unit = edge.units[index]
  if (!unit?.isOnline) askForBirth(edge, state, now, bound(sink))
  const isNamed = unit !== undefined && (unit.isOnline || unit.names.length > 0)
  let taken = 0
  let unknown = 0
  let stray: Unit | undefined
  for (let i = nextMetric(b, from, to); i >= 0; i = nextMetric(b, i, to)) {
    if (scanMetric(b, metricFrom, i) < 0) return -1
    const at = metric.timestamp > 0 ? metric.timestamp : head.timestamp
    const place = isNamed ? placeOf(b, edge, index, unit) : -1
    if (place >= 0) addMetric(b, unit as Unit, place, at, sink)
    else if (metric.alias < 0 && isControl(b, metric.nameFrom, metric.nameTo)) continue
    else {
      unknown++
      stray ??= strayOf(edge, topic.device)
      if (!callItself(b, stray, sink)) {
        sink.reject(isNamed ? 'sparkplug-alias' : 'sparkplug-unborn', nameless(b))
        continue
      }
      addMetric(b, stray, 0, at, sink)
    }
    taken++
  }
  if (!isNamed && taken === 0)
    return fail('sparkplug-unborn', 'data came before the birth certificate; a rebirth is asked for', -1)
  if (unknown > 0) askForBirth(edge, state, now, bound(sink))
  if (now - edge.keptAt >= KEEP_MS) {
    edge.keptAt = now
    state.keep()
  }
  return 0
}

/** Stands for metrics of a node or device that no birth has named, one after the other. */
function strayOf(edge: Edge, device: string): Unit {
  const unit = new Unit(device === '' ? edge.node.key : `${edge.node.key}/${device}`)
  resize(unit, 1)
  return unit
}

/**
 * Makes the scanned metric the only one of `stray` if it needs no birth: it goes by its name, says what it is, and its series
 * is defined already. A new series waits for the birth, which knows its unit.
 */
function callItself(b: Uint8Array, stray: Unit, sink: ReadingSink): boolean {
  const datatype = saidDatatype()
  if (metric.nameTo === 0 || datatype === 0) return false
  const name = metricName(b)
  const property = propertyOf(name)
  if (!sink.isDefined?.(stray.key, property)) return false
  stray.names[0] = name
  stray.properties[0] = property
  stray.datatypes[0] = datatype
  stray.handles[0] = UNSOUGHT
  stray.last[0] = Number.NaN
  return true
}

/** The place of the scanned metric in its unit; -1 when no birth has named it. */
function placeOf(b: Uint8Array, edge: Edge, index: number, unit: Unit): number {
  if (metric.alias >= 0) {
    const at = edge.find(metric.alias)
    return at >= 0 && unitAt(at) === index ? placeAt(at) : -1
  }
  if (metric.nameTo === 0) return -1
  return unit.placeOf.get(utf8(b, metric.nameFrom, metric.nameTo)) ?? -1
}

const nameless = (b: Uint8Array): string =>
  metric.nameTo > 0
    ? `no birth has named "${utf8(b, metric.nameFrom, Math.min(metric.nameTo, metric.nameFrom + 80))}"`
    : `no birth of this node or device has named the alias ${metric.alias}; a rebirth is asked for`

/** Gives the scanned metric to the sink as the reading or state of a place. */
export function addMetric(b: Uint8Array, unit: Unit, place: number, at: number, sink: ReadingSink): void {
  if (metric.isNull) {
    tellLast(unit, place, at, QUALITY_BAD, sink)
    return
  }
  const kind = readValue(unit.datatypes[place] as number)
  if (kind === NUMBER) {
    let quality = metric.isHistorical ? MARK_HISTORICAL : 0
    if (metric.propertiesTo > 0) quality |= qualityIn(b)
    const series = seriesOf(unit, place, sink)
    if (series < 0) return
    sink.add(series, at, number, quality)
    if (!metric.isHistorical) unit.last[place] = number
    if (at > unit.newestAt) unit.newestAt = at
  } else if (kind === TEXT) addText(b, unit, place, at, sink)
  else if (kind === BIG) sink.state(unit.key, unit.properties[place] as string, at, bigDigits)
  else if (kind === UNSUPPORTED)
    sink.reject('sparkplug-unsupported', `${unit.names[place]} has the datatype ${unit.datatypes[place]}`)
  else sink.reject('sparkplug-value', `the value of ${unit.names[place]} does not fit its datatype`)
}

function addText(b: Uint8Array, unit: Unit, place: number, at: number, sink: ReadingSink): void {
  if (metric.to - metric.from > MAX_STRING_BYTES)
    sink.reject('sparkplug-limit', `${unit.names[place]} is longer than ${MAX_STRING_BYTES} bytes`)
  else sink.state(unit.key, unit.properties[place] as string, at, utf8(b, metric.from, metric.to))
}

/** The handle of a metric's series, found by name once; -1 when it may not be used. */
export function seriesOf(unit: Unit, place: number, sink: ReadingSink): number {
  const handle = unit.handles[place] as number
  if (handle >= 0 && sink.again !== undefined) return sink.again(handle)
  const found = sink.seriesByName(unit.key, unit.properties[place] as string)
  unit.handles[place] = found >= 0 ? found : UNSOUGHT
  return found
}

/** The last value again, of another quality: what was known is not known any more, and no value is made up. */
export function tellLast(unit: Unit, place: number, at: number, quality: number, sink: ReadingSink): void {
  const value = unit.last[place] as number
  if (Number.isNaN(value)) return
  const series = seriesOf(unit, place, sink)
  if (series >= 0) sink.add(series, at, value, quality)
}

/** OPC's quality as a property: 192 is good, 500 stale, 0 bad; anything else is no reason to trust the value. */
function qualityIn(b: Uint8Array): number {
  scanProperties(b, metric.propertiesFrom, metric.propertiesTo)
  const { quality } = properties
  if (quality < 0 || quality === 192) return 0
  return quality === 500 ? QUALITY_STALE : QUALITY_BAD
}
