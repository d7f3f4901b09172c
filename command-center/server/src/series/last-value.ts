import { qualityWord, type SeriesDefinition } from '@quartier/contracts'
import type { LastValue } from '@quartier/contracts/api'
import type { SeriesTable } from '../live/series-table.ts'
import { idOf } from './lookup.ts'

/** The newest value of a series that the projection holds. */
export function lastValueOf(table: SeriesTable, series: SeriesDefinition): LastValue {
  const { lo, hi } = idOf(series)
  const place = table.find(lo, hi)
  return place < 0 ? withoutValue(series.key) : lastValueAt(table, place)
}

export function lastValueAt(table: SeriesTable, place: number): LastValue {
  const key = table.key(place)
  const measuredAt = table.state.measuredAt(place)
  if (measuredAt === 0) return withoutValue(key)
  const quality = table.quality(place)
  return {
    key,
    value: table.state.value(place),
    measuredAt,
    receivedAt: table.state.receivedAt(place),
    quality,
    qualityWord: qualityWord(quality),
  }
}

const withoutValue = (key: string): LastValue => ({
  key,
  value: null,
  measuredAt: null,
  receivedAt: null,
  quality: 0,
  qualityWord: null,
})
