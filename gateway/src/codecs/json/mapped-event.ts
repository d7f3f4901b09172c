import { type AttributeName, EVENT_ATTRIBUTES, type EventKind } from '@quartier/contracts'
import type { ReadingSink } from '../codec.ts'
import { cleanAttributes, dataClassOf } from '../event/attributes.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import type { EventOptions } from './options.ts'
import { at, BigInteger, type Node, nameOf } from './tree.ts'

/** Whether a record told an event, or none, or why the one that it told cannot be used. */
export type Told = 'told' | 'nothing' | readonly [reason: string, detail: string]

/** Gives the event that a record of a mapped message tells to the sink. */
export function tellEvent(record: Node, o: EventOptions, device: string, measuredAt: number, sink: ReadingSink): Told {
  const kind = kindIn(record, o.kind)
  if (kind === undefined) return 'nothing'
  const id = textAt(record, o.id)
  if (id === false) return ['event-id', `${o.id} is neither text nor a number`]
  const asset = textAt(record, o.asset)
  if (asset === false || asset === '' || (asset !== undefined && asset.length > MAX_NAME_BYTES))
    return ['event-name', `${o.asset} names no asset`]
  const said: Record<string, unknown> = {}
  for (const [name, place] of Object.entries(o.attributes)) {
    const value = at(record, place)
    if (value !== undefined && value !== null) said[name] = asDeclared(name, value)
  }
  const attributes = cleanAttributes(said, device, measuredAt, sink)
  if (attributes === undefined) return ['event-attribute', 'an attribute is neither text, number nor boolean']
  const { severity } = o
  sink.event({
    device,
    kind,
    measuredAt,
    id,
    severity,
    asset,
    attributes,
    dataClass: dataClassOf(undefined, attributes),
  })
  return 'told'
}

function kindIn(record: Node, kind: EventOptions['kind']): EventKind | undefined {
  if (typeof kind === 'string') return kind
  const value = at(record, kind.at)
  const word = typeof value === 'boolean' ? String(value) : nameOf(value)
  return word !== undefined && Object.hasOwn(kind.is, word) ? kind.is[word] : undefined
}

/** The text or number at a place as text; `undefined` when there is none, false when it is something else. */
function textAt(record: Node, place: string | undefined): string | undefined | false {
  const node = place === undefined ? undefined : at(record, place)
  if (node === undefined || node === null) return undefined
  return node instanceof BigInteger ? node.text : (nameOf(node) ?? false)
}

const NUMERIC = /^-?\d{1,15}(\.\d{1,15})?$/

/** A number where our attribute is a text, such as the code of a fault, or the other way round: as the attribute has it. */
function asDeclared(name: string, value: Node): unknown {
  const type = Object.hasOwn(EVENT_ATTRIBUTES, name) ? EVENT_ATTRIBUTES[name as AttributeName] : undefined
  if (value instanceof BigInteger) return value.text
  if (type === 'string' && typeof value === 'number') return String(value)
  if (type === 'number' && typeof value === 'string' && NUMERIC.test(value)) return Number(value)
  return value
}
