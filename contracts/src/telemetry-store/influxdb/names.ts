import { parseSeriesKey } from '../../series/key.ts'

/** Measurement of raw readings; the tiers' are `minute` and `hour`, each in a bucket of its own. */
export const RAW_MEASUREMENT = 'readings'

/**
 * Fields of a property: `power` holds the value, `power/quality` and `power/delayMs` (receivedAt − measuredAt) what
 * belongs to it. A property contains no `/`, so no two properties share a field.
 */
export const QUALITY_FIELD = '/quality'
export const DELAY_FIELD = '/delayMs'
/** Fields of a property in a tier. */
export const TIER_FIELDS = ['/count', '/mean', '/min', '/max', '/last', '/lastMs', '/notGood'] as const

/** Where the series of a key stands: two tags, which never change, and the field. */
export interface Place {
  readonly source: string
  readonly device: string
  readonly field: string
}

/** The place of a series, in names that line protocol can carry; a key of another shape gets a place of its own too. */
export function placeOf(key: string): Place {
  const parts = parseSeriesKey(key)
  if (!parts) return { source: '%', device: carried(key) || '%', field: 'value' }
  return { source: carried(parts.source), device: carried(parts.device), field: carried(parts.property) }
}

/**
 * Line protocol has no way to write a backslash before a delimiter or a line break in a tag: these, and the percent
 * sign itself, are percent-encoded; so is a first underscore, which InfluxDB keeps for itself.
 */
function carried(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what cannot be carried
  return text.replace(/[%\\\u0000-\u001f\u007f]|^_/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Escapes a tag key, tag value or field key of line protocol. */
export const escaped = (name: string): string => name.replace(/[ ,=]/g, '\\$&')

/** What stands between the measurement of a line and its fields: the tags in the order InfluxDB sorts them in. */
export const lineTags = (place: Pick<Place, 'source' | 'device'>): string =>
  `,device=${escaped(place.device)},source=${escaped(place.source)} `
