import { parseSeriesKey, type SeriesDefinition, seriesIdOf, seriesIdText } from '@quartier/contracts'

/** The definition of a series in tests, with its usual facts unless told otherwise. */
export function definitionOf(key: string, over: Partial<SeriesDefinition> = {}): SeriesDefinition {
  const { source = '', property = '' } = parseSeriesKey(key) ?? {}
  return {
    key,
    id: seriesIdText(seriesIdOf(key)),
    property,
    unit: '°C',
    assetId: null,
    intervalMs: 1000,
    source,
    validMin: null,
    validMax: null,
    status: 'active',
    personal: false,
    historical: false,
    ...over,
  }
}
