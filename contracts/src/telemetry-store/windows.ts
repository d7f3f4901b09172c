import { QuartierError } from '../errors.ts'
import type { SeriesId } from '../series/id.ts'
import { Cells } from './cells.ts'
import { foldSpans, isRising } from './fold.ts'
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
