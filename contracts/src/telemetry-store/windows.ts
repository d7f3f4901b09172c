import { QuartierError } from '../errors.ts'
import { QUALITY_LEVEL } from '../readings/quality.ts'
import type { SeriesId } from '../series/id.ts'
import { foldSpans, isRising, type RowSpan } from './fold.ts'
import { RAW, ROLLUP, ROLLUP_TIERS, type RollupTier, TIER_MS } from './layout.ts'
import type { OpenFile } from './open-files.ts'
import type { Overrides } from './parquet/page-index.ts'
import type { Windows } from './port.ts'
import { gatherFiles, gatherWindows, inChunks, type Sources, spansBySeries } from './query.ts'

const MAX_CELLS = 1e7
const ROLLUP_COLUMNS = Object.values(ROLLUP)
const RAW_COLUMNS = [RAW.measuredAt, RAW.value, RAW.quality]

/** Summaries of each series over `[from + i·stepMs, from + (i+1)·stepMs)`, up to `to`. */
export async function readWindows(
  sources: Sources,
  ids: readonly SeriesId[],
  from: number,
  to: number,
  stepMs: number,
): Promise<Windows> {
  if (!(stepMs > 0) || !Number.isFinite(from) || !Number.isFinite(to))
    throw new QuartierError('QUERY_INVALID', `windows: [${from}, ${to}) cannot be cut into steps of ${stepMs} ms`)
  const windows = Math.max(0, Math.ceil((to - from) / stepMs))
  if (windows * ids.length > MAX_CELLS)
    throw new QuartierError(
      'QUERY_INVALID',
      `windows: ${windows} windows of ${ids.length} series are more than ${MAX_CELLS} cells`,
    )
  const cells = new Cells(ids, from, stepMs, windows)
  const rowOf = rowsByOrdinal(sources, ids)
  const tier = coarsestTier(sources, from, to, stepMs)
  await inChunks(sources, ids, { from, to, stepMs }, (ordinals, sliceFrom, sliceTo) => {
    const byTier = tier ? readTier(sources, ordinals, sliceFrom, sliceTo, tier, cells, rowOf) : new Set<number>()
    const rest = byTier.size === 0 ? ordinals : ordinals.filter((o) => !byTier.has(o))
    if (rest.length > 0) readReadings(sources, rest, sliceFrom, sliceTo, cells, rowOf)
  })
  return cells.result(ids.map(({ lo, hi }) => rowOf.get(sources.intake.series.find(lo, hi)) ?? -1))
}

function readReadings(
  { files, intake }: Sources,
  ordinals: Uint32Array,
  from: number,
  to: number,
  cells: Cells,
  rowOf: ReadonlyMap<number, number>,
): void {
  const gathered = gatherFiles(files.of('raw'), ordinals, from, to, RAW_COLUMNS)
  gathered.push(gatherWindows(intake, ordinals, from, to, RAW_COLUMNS.length).rows)
  for (const { series, spans } of spansBySeries(gathered)) {
    cells.start(rowOf.get(ordinals[series] as number) as number, from, to)
    if (isRising(spans)) for (const span of spans) cells.addRising(span)
    else {
      const { columns, length } = foldSpans(spans, RAW_COLUMNS.length)
      cells.addRising({ columns, start: 0, end: length })
    }
    cells.end()
  }
}

/** The first row of the answer that is about a series. */
function rowsByOrdinal({ intake }: Sources, ids: readonly SeriesId[]): Map<number, number> {
  const rows = new Map<number, number>()
  ids.forEach(({ lo, hi }, row) => {
    const ordinal = intake.series.find(lo, hi)
    if (!rows.has(ordinal)) rows.set(ordinal, row)
  })
  return rows
}

/** The coarsest tier there is whose windows make up the ones asked for exactly. */
function coarsestTier({ files }: Sources, from: number, to: number, stepMs: number): RollupTier | undefined {
  return ROLLUP_TIERS.toReversed().find((tier) => {
    const ms = TIER_MS[tier]
    return stepMs % ms === 0 && from % ms === 0 && (to - from) % ms === 0 && files.of(tier).length > 0
  })
}

/** Reads what it can exactly from a tier, and returns the ordinals of those series. */
function readTier(
  { files, intake }: Sources,
  chunk: Uint32Array,
  from: number,
  to: number,
  tier: RollupTier,
  cells: Cells,
  rowOf: ReadonlyMap<number, number>,
): Set<number> {
  const summaries = files.of(tier)
  const rest = files.of('raw').filter((raw) => !summaries.some((s) => covers(s, raw)))
  const kept = chunk.filter((o) => !((intake.series.tierIntervalMs[o] as number) >= TIER_MS[tier]))
  const inMemory = gatherWindows(intake, kept, from, to, 3)
  const corrected = rest.map((f) => f.data.index.overrides).filter((o) => o.ordinal.length > 0)
  const exact = kept.filter((o, i) => !inMemory.late.has(i) && !corrected.some((c) => overridden(c, o, from, to)))
  if (exact.length === 0) return new Set()
  const raw = gatherFiles(rest, exact, from, to, RAW_COLUMNS)
  raw.push(gatherWindows(intake, exact, from, to, 3).rows)
  const summed = gatherFiles(summaries, exact, from, to, ROLLUP_COLUMNS)
  const row = (series: number) => rowOf.get(exact[series] as number) as number
  const readings = new Map([...spansBySeries(raw)].map((s) => [s.series, s.spans]))
  for (const { series, spans } of spansBySeries(summed)) {
    cells.start(row(series), from, to)
    cells.addSummaries(spans)
    for (const s of readings.get(series) ?? []) cells.addSpan(s)
    readings.delete(series)
    cells.end()
  }
  for (const [series, spans] of readings) {
    cells.start(row(series), from, to)
    for (const s of spans) cells.addSpan(s)
    cells.end()
  }
  return new Set(exact)
}

const covers = (summary: OpenFile, raw: OpenFile): boolean =>
  summary.meta.fromFlush === raw.meta.fromFlush && summary.meta.toFlush === raw.meta.toFlush

function overridden(o: Overrides, ordinal: number, from: number, to: number): boolean {
  let low = 0
  let high = o.ordinal.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((o.ordinal[middle] as number) < ordinal) low = middle + 1
    else high = middle
  }
  return o.ordinal[low] === ordinal && (o.from[low] as number) < to && (o.to[low] as number) >= from
}

/** The answer while it is filled, one series at a time. */
class Cells {
  readonly #from: number
  readonly #stepMs: number
  readonly #windows: number
  readonly #ids: readonly SeriesId[]
  readonly #out: Omit<Windows, 'series' | 'from' | 'stepMs' | 'windows'>
  readonly #lastAt: Float64Array
  #base = 0
  #first = 0
  #last = 0

  constructor(ids: readonly SeriesId[], from: number, stepMs: number, windows: number) {
    const cells = ids.length * windows
    const gaps = () => new Float64Array(cells).fill(Number.NaN)
    this.#ids = ids
    this.#from = from
    this.#stepMs = stepMs
    this.#windows = windows
    this.#lastAt = new Float64Array(windows)
    this.#out = {
      count: new Uint32Array(cells),
      mean: gaps(),
      min: gaps(),
      max: gaps(),
      last: gaps(),
      notGood: new Uint32Array(cells),
    }
  }

  /** The series of this row of the answer comes now, with the windows in `[from, to)`, which no other call fills. */
  start(row: number, from: number, to: number): void {
    this.#base = row * this.#windows
    this.#first = this.#base + Math.floor((from - this.#from) / this.#stepMs)
    this.#last = this.#base + Math.ceil((to - this.#from) / this.#stepMs)
    this.#lastAt.fill(Number.NEGATIVE_INFINITY, this.#first - this.#base, this.#last - this.#base)
  }

  addSpan({ columns, start, end }: RowSpan): void {
    const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
    for (let i = start; i < end; i++) {
      const v = values[i] as number
      const notGood = ((qualities[i] as number) & QUALITY_LEVEL) !== 0 ? 1 : 0
      this.#add(times[i] as number, 1, v, v, v, v, times[i] as number, notGood)
    }
  }

  /** Readings that are newer than all of this series that were added before. */
  addRising({ columns, start, end }: RowSpan): void {
    const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
    const { count, mean, min, max, last, notGood } = this.#out
    for (let i = start; i < end; i++) {
      const v = values[i] as number
      const k = this.#base + Math.floor(((times[i] as number) - this.#from) / this.#stepMs)
      if (count[k] === 0) {
        mean[k] = min[k] = max[k] = v
      } else {
        mean[k] = (mean[k] as number) + v
        if (v < (min[k] as number)) min[k] = v
        if (v > (max[k] as number)) max[k] = v
      }
      count[k] = (count[k] as number) + 1
      last[k] = v
      if (((qualities[i] as number) & QUALITY_LEVEL) !== 0) notGood[k] = (notGood[k] as number) + 1
    }
  }

  /** Summaries of one series, oldest source first; one that replaces takes the place of older ones of its window. */
  addSummaries(spans: readonly RowSpan[]): void {
    const replaced = new Map<number, number>()
    spans.forEach((span, age) => {
      const at = span.columns[ROLLUP.windowAt] as Float64Array
      const replaces = span.columns[ROLLUP.replaces] as Float64Array
      for (let i = span.start; i < span.end; i++) if (replaces[i] === 1) replaced.set(at[i] as number, age)
    })
    spans.forEach((span, age) => {
      const [at, count, sum, min, max, last, after, notGood] = span.columns as Float64Array[] as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ]
      for (let i = span.start; i < span.end; i++) {
        const windowAt = at[i] as number
        if (replaced.size > 0 && age < (replaced.get(windowAt) ?? 0)) continue
        const lastAt = windowAt + (after[i] as number)
        this.#add(
          windowAt,
          count[i] as number,
          sum[i] as number,
          min[i] as number,
          max[i] as number,
          last[i] as number,
          lastAt,
          notGood[i] as number,
        )
      }
    })
  }

  #add(
    at: number,
    count: number,
    sum: number,
    min: number,
    max: number,
    last: number,
    lastAt: number,
    notGood: number,
  ): void {
    const out = this.#out
    const w = Math.floor((at - this.#from) / this.#stepMs)
    const k = this.#base + w
    if (out.count[k] === 0) {
      out.mean[k] = sum
      out.min[k] = min
      out.max[k] = max
    } else {
      out.mean[k] = (out.mean[k] as number) + sum
      if (min < (out.min[k] as number)) out.min[k] = min
      if (max > (out.max[k] as number)) out.max[k] = max
    }
    out.count[k] = (out.count[k] as number) + count
    out.notGood[k] = (out.notGood[k] as number) + notGood
    if (lastAt >= (this.#lastAt[w] as number)) {
      this.#lastAt[w] = lastAt
      out.last[k] = last
    }
  }

  /** Turns the series' sums into means. */
  end(): void {
    const { mean, count } = this.#out
    for (let k = this.#first; k < this.#last; k++)
      if ((count[k] as number) > 0) mean[k] = (mean[k] as number) / (count[k] as number)
  }

  /** `filledBy`: for each row the row that holds its series, which is another one when a series is asked for twice. */
  result(filledBy: readonly number[]): Windows {
    const n = this.#windows
    filledBy.forEach((row, i) => {
      if (row >= 0 && row !== i)
        for (const column of Object.values(this.#out)) column.copyWithin(i * n, row * n, (row + 1) * n)
    })
    const series = this.#ids.map(({ lo, hi }) => ({ lo, hi }))
    return { series, from: this.#from, stepMs: this.#stepMs, windows: n, ...this.#out }
  }
}
