import type { KeptMapping, MappingToSave } from '@quartier/contracts/api'
import type { MessageKey } from '../../i18n/translate.ts'

/** How a message holds its values: one of them, several at places that are named, or one under every key. */
export const HOLDS = ['one', 'named', 'flat'] as const
export type Holds = (typeof HOLDS)[number]

export const TIME_UNITS = ['ms', 's', 'us', 'ns', 'iso', 'auto'] as const

export interface NamedPlace {
  /** For the list on the screen alone. */
  readonly id: number
  readonly property: string
  readonly place: string
}

/** A mapping while somebody writes it: every field is a text, and an empty one is left out. */
export interface MappingDraft {
  readonly name: string
  readonly filter: string
  readonly source: string
  readonly enabled: boolean
  readonly each: string
  readonly device: string
  readonly time: string
  readonly timeUnit: string
  readonly holds: Holds
  readonly value: string
  readonly property: string
  readonly values: readonly NamedPlace[]
  /** Keys that are no readings, with commas between them. */
  readonly ignore: string
  /** How a message tells an event, as JSON. */
  readonly event: string
}

export const NEW_DRAFT: MappingDraft = {
  name: '',
  filter: '',
  source: '',
  enabled: true,
  each: '',
  device: '',
  time: '',
  timeUnit: 'ms',
  holds: 'named',
  value: '',
  property: '',
  values: [{ id: 0, property: '', place: '' }],
  ignore: '',
  event: '',
}

/** Fields of a draft in which something can be wrong; `values` with the row. */
export type Faults = Readonly<Record<string, MessageKey>>

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const POINTER = /^(\/([^~/]|~[01])*)*$/
const PLACES = ['each', 'device', 'time', 'value', 'property'] as const

/** What has to be put right before a gateway is asked; it may find more. */
export function faultsIn(draft: MappingDraft, taken: readonly string[]): Faults {
  const faults: Record<string, MessageKey> = {}
  if (!NAME.test(draft.name)) faults.name = 'mappings.nameHint'
  else if (taken.includes(draft.name)) faults.name = 'mappings.taken'
  if (!draft.filter.trim()) faults.filter = 'mappings.filterMissing'
  for (const field of PLACES) if (!POINTER.test(draft[field].trim())) faults[field] = 'mappings.placeWrong'
  const event = eventIn(draft)
  if (event === undefined && draft.event.trim()) faults.event = 'mappings.eventWrong'
  if (draft.holds === 'named') Object.assign(faults, faultsOfValues(draft.values, event === undefined))
  return faults
}

/** The event as the object that it is to be; undefined when there is none, or it is no object. */
function eventIn({ event }: MappingDraft): object | undefined {
  try {
    const value: unknown = JSON.parse(event)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function faultsOfValues(values: readonly NamedPlace[], isNeeded: boolean): Faults {
  const faults: Record<string, MessageKey> = {}
  const written = values.filter(({ property, place }) => property.trim() || place.trim())
  if (written.length === 0 && isNeeded) faults.values = 'mappings.valuesMissing'
  const seen = new Set<string>()
  for (const { id, property, place } of written) {
    const name = property.trim()
    if (!name || /[/+#\p{Cc}]/u.test(name)) faults[`values.${id}`] = 'mappings.propertyWrong'
    else if (seen.has(name)) faults[`values.${id}`] = 'mappings.propertyTwice'
    else if (!place.trim() || !POINTER.test(place.trim())) faults[`values.${id}`] = 'mappings.placeWrong'
    seen.add(name)
  }
  return faults
}

/** The mapping that a draft stands for; a draft with faults may give one that no gateway takes. */
export function toMapping(draft: MappingDraft): MappingToSave {
  const { name, filter, source, enabled, holds, timeUnit } = draft
  const options: Record<string, unknown> = {}
  const put = (option: string, text: string) => {
    if (text.trim()) options[option] = text.trim()
  }
  put('each', draft.each)
  put('device', draft.device)
  put('time', draft.time)
  if (timeUnit !== NEW_DRAFT.timeUnit) options.timeUnit = timeUnit
  if (holds === 'one') {
    put('value', draft.value)
    put('property', draft.property)
  } else if (holds === 'named') {
    const written = draft.values.filter(({ property }) => property.trim())
    options.values = Object.fromEntries(written.map(({ property, place }) => [property.trim(), place.trim()]))
  } else {
    const ignored = draft.ignore
      .split(',')
      .map((key) => key.trim())
      .filter(Boolean)
    if (ignored.length > 0) options.ignore = ignored
  }
  const event = eventIn(draft)
  if (event) options.event = event
  return { name: name.trim(), filter: filter.trim(), source: source.trim() || null, options, enabled }
}

/** The draft of a mapping that is kept. */
export function toDraft({ name, filter, source, enabled, options }: KeptMapping): MappingDraft {
  const text = (option: string): string => (typeof options[option] === 'string' ? (options[option] as string) : '')
  const values = Object.entries((options.values ?? {}) as Readonly<Record<string, string>>)
  const ignored = (options.ignore ?? []) as readonly string[]
  return {
    ...NEW_DRAFT,
    ...{ name, filter, source: source ?? '', enabled },
    ...{ each: text('each'), device: text('device'), time: text('time'), timeUnit: text('timeUnit') || 'ms' },
    ...{ value: text('value'), property: text('property'), ignore: ignored.join(', ') },
    event: options.event === undefined ? '' : JSON.stringify(options.event),
    holds: holdsOf(options.values !== undefined, filter, options),
    values: values.length > 0 ? values.map(([property, place], id) => ({ id, property, place })) : NEW_DRAFT.values,
  }
}

function holdsOf(named: boolean, filter: string, options: KeptMapping['options']): Holds {
  if (named) return 'named'
  const isOne = filter.includes('{property}') || options.property !== undefined || options.value !== undefined
  return isOne ? 'one' : 'flat'
}
