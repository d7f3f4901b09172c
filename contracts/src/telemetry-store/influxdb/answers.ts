import type { SeriesId } from '../../series/id.ts'
import type { LastValues, SeriesRange } from '../port.ts'
import { UNKNOWN } from '../series-table.ts'
import { readRaw, type Sources } from './read.ts'

/** Readings of each series in `[from, to)`, in the order of `ids`. */
export async function readRanges(
  sources: Sources,
  ids: readonly SeriesId[],
  from: number,
  to: number,
  limit?: number,
): Promise<SeriesRange[]> {
  const { table } = sources.catalog
  const ordinals = ids.map((id) => table.find(id.lo, id.hi))
  const known = ordinals.filter((o) => o !== UNKNOWN)
  const found = await readRaw(sources, known, from, to, { limit })
  return ids.map(({ lo, hi }, i) => toRange({ lo, hi }, found.get(ordinals[i] as number), limit))
}

function toRange(
  series: SeriesId,
  found: { columns: Float64Array[]; length: number } | undefined,
  limit = Number.POSITIVE_INFINITY,
): SeriesRange {
  const n = Math.min(found?.length ?? 0, limit)
  const [times, values, qualities] = found?.columns ?? []
  return {
    series,
    measuredAt: times?.slice(0, n) ?? new Float64Array(0),
    value: values?.slice(0, n) ?? new Float64Array(0),
    quality: Uint8Array.from(qualities?.subarray(0, n) ?? []),
  }
}

/** Last values of these series, without any value yet. */
export function emptyLast(ids: readonly SeriesId[]): LastValues {
  const n = ids.length
  return {
    length: n,
    seriesLo: Uint32Array.from(ids, (s) => s.lo),
    seriesHi: Uint32Array.from(ids, (s) => s.hi),
    measuredAt: new Float64Array(n),
    receivedAt: new Float64Array(n),
    value: new Float64Array(n).fill(Number.NaN),
    quality: new Uint8Array(n),
  }
}
