import { MAX_ATTRIBUTE_CHARACTERS, MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTES, MAX_EVENT_ID, type NewEvent } from './event.ts'
import { EVENT_ATTRIBUTES } from './kinds.ts'

const types: Readonly<Record<string, string>> = EVENT_ATTRIBUTES

/** Why an event must not be kept: a stable word and a sentence; `undefined` when it may. */
export function checkEvent(event: NewEvent): { readonly reason: string; readonly detail: string } | undefined {
  const { id, attributes } = event
  if (id !== undefined && (id === '' || id.length > MAX_EVENT_ID))
    return { reason: 'event-id', detail: `an event id has ${id.length} characters, 1 to ${MAX_EVENT_ID} are possible` }
  if (attributes === undefined) return undefined
  let count = 0
  let length = 0
  for (const name in attributes) {
    const value = attributes[name]
    if (value === undefined) continue
    const type = typeof value
    const wanted = types[name] ?? type
    const isScalar = type === 'string' || type === 'boolean' || (type === 'number' && Number.isFinite(value))
    if (!isScalar || type !== wanted)
      return { reason: 'event-attribute', detail: `the attribute "${name.slice(0, 40)}" is not a ${wanted}` }
    count++
    length += name.length + (type === 'string' ? (value as string).length : 8)
    if (name.length > MAX_ATTRIBUTE_NAME) length = Number.POSITIVE_INFINITY
  }
  if (count > MAX_ATTRIBUTES || length > MAX_ATTRIBUTE_CHARACTERS)
    return { reason: 'event-size', detail: `an event has ${count} attributes, too many or too long ones` }
  return undefined
}
