import { utf8 } from '../bytes.ts'
import type { MessageContext, ReadingSink } from '../codec.ts'
import { fault } from '../fault.ts'
import { MAX_DEPTH, MAX_NAME_BYTES, MAX_RECORDS } from '../limits.ts'
import { Members, scanItems, scanMembers } from './members.ts'
import { faultOf, firstRepeated, nameAt, reasonOf, stateText } from './rows.ts'
import { ESCAPED, UNFIT } from './text.ts'
import { BIG_INTEGER, BOOLEAN, NESTED, NUMBER, TEXT } from './values.ts'

const DOT = 0x2e
const levels: Members[] = []
const path = new Uint8Array(MAX_NAME_BYTES * 2)
const encoder = new TextEncoder()
let given = 0

/**
 * Gives every number, boolean and text in the JSON value `b[from, to)` to the sink, named by the keys and places on the way
 * to it with dots between: `{"gps":{"lat":1}}` is `gps.lat`. What cannot be used is rejected one by one. Returns how many
 * were given.
 */
export function addLeaves(
  b: Uint8Array,
  from: number,
  to: number,
  measuredAt: number,
  quality: number,
  context: MessageContext,
  sink: ReadingSink,
): number {
  given = 0
  walk(b, from, to, measuredAt, quality, context, sink, 0, 0)
  return given
}

function walk(
  b: Uint8Array,
  from: number,
  to: number,
  measuredAt: number,
  quality: number,
  context: MessageContext,
  sink: ReadingSink,
  pathTo: number,
  depth: number,
): void {
  levels[depth] ??= new Members()
  const m = levels[depth] as Members
  const isList = b[from] === 0x5b
  if (depth >= MAX_DEPTH) {
    sink.reject('json-limit', `arrays and objects nest deeper than ${MAX_DEPTH}`)
    return
  }
  if ((isList ? scanItems(b, from, to, m) : scanMembers(b, from, to, m)) < 0) {
    sink.reject(fault.reason, fault.detail)
    return
  }
  if (!isList && firstRepeated(b, m) >= 0) {
    sink.reject('json-duplicate', `the key "${nameAt(b, m, firstRepeated(b, m))}" stands twice`)
    return
  }
  for (let row = 0; row < m.count && given < MAX_RECORDS; row++) {
    const kind = m.values.kind[row] as number
    if (pathTo === 0 && !isList && kind !== NESTED && isPlain(m, row)) {
      const { keyFrom, keyTo } = m // the key is the name as it stands
      addLeaf(b, m, row, measuredAt, quality, context, sink, b, keyFrom[row] as number, keyTo[row] as number)
      continue
    }
    const end = isList ? stepInto(pathTo, encoder.encode(String(row))) : stepInto(pathTo, keyOf(b, m, row))
    if (end < 0) sink.reject('json-name', 'a name is empty, or too long with those around it')
    else if (kind === NESTED)
      walk(
        b,
        m.values.from[row] as number,
        m.values.to[row] as number,
        measuredAt,
        quality,
        context,
        sink,
        end,
        depth + 1,
      )
    else addLeaf(b, m, row, measuredAt, quality, context, sink, path, 0, end)
  }
}

/** A value whose name is `name[from, to)`. */
function addLeaf(
  b: Uint8Array,
  m: Members,
  row: number,
  measuredAt: number,
  quality: number,
  context: MessageContext,
  sink: ReadingSink,
  name: Uint8Array,
  from: number,
  to: number,
): void {
  const { topicBytes, deviceFrom, deviceTo } = context
  const kind = m.values.kind[row] as number
  if (kind === NUMBER || kind === BOOLEAN) {
    given++
    const series = sink.series(topicBytes, deviceFrom, deviceTo, name, from, to)
    if (series >= 0) sink.add(series, measuredAt, m.values.value[row] as number, quality)
  } else if (kind === TEXT || kind === BIG_INTEGER) {
    given++
    sink.state(utf8(topicBytes, deviceFrom, deviceTo), utf8(name, from, to), measuredAt, stateText(b, m, row))
  } else sink.reject(reasonOf(kind), `the value of "${utf8(name, from, Math.min(to, from + 80))}" ${faultOf(kind)}`)
}

function isPlain(m: Members, row: number): boolean {
  const length = (m.keyTo[row] as number) - (m.keyFrom[row] as number)
  return ((m.keyMarks[row] as number) & (ESCAPED | UNFIT)) === 0 && length > 0 && length <= MAX_NAME_BYTES
}

/** Bytes of a key as a part of a name: what no property may hold becomes `_`. */
function keyOf(b: Uint8Array, m: Members, row: number): Uint8Array {
  const isEscaped = (m.keyMarks[row] as number) & ESCAPED
  return isEscaped ? encoder.encode(nameAt(b, m, row)) : b.subarray(m.keyFrom[row] as number, m.keyTo[row] as number)
}

/** Adds a part to the path; returns its end, or -1 when it would be too long. */
function stepInto(from: number, part: Uint8Array): number {
  let at = from
  if (from + part.length + 1 > MAX_NAME_BYTES || part.length === 0) return -1
  if (at > 0) path[at++] = DOT
  for (let i = 0; i < part.length; i++) {
    const c = part[i] as number
    path[at++] = c < 0x20 || c === 0x7f || c === 0x2f || c === 0x2b || c === 0x23 ? 0x5f : c
  }
  return at
}
