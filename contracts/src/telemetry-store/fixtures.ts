import type { ReadingColumns } from '../readings/columns.ts'
import { seriesIdOf } from '../series/id.ts'
import type { SeriesMeta, StoreBatch } from './port.ts'

export interface Reading {
  readonly key: string
  readonly at: number
  readonly value: number
  readonly quality?: number
  readonly receivedAt?: number
}

/** The definition of a series with this key; its source is the first part. */
export const definition = (key: string, intervalMs = 0): SeriesMeta => ({
  ...seriesIdOf(key),
  key,
  source: key.split('/')[0] ?? '',
  unit: '',
  intervalMs,
})

export function columnsOf(readings: readonly Reading[]): ReadingColumns {
  const ids = readings.map((r) => seriesIdOf(r.key))
  return {
    length: readings.length,
    seriesLo: Uint32Array.from(ids, (id) => id.lo),
    seriesHi: Uint32Array.from(ids, (id) => id.hi),
    measuredAt: Float64Array.from(readings, (r) => r.at),
    receivedAt: Float64Array.from(readings, (r) => r.receivedAt ?? r.at + 5),
    value: Float64Array.from(readings, (r) => r.value),
    quality: Uint8Array.from(readings, (r) => r.quality ?? 0),
  }
}

/** One batch that covers one offset. */
export const batch = (offset: number, readings: readonly Reading[], partition = 0): StoreBatch => ({
  partition,
  firstOffset: offset,
  nextOffset: offset + 1,
  columns: columnsOf(readings),
})
