import { setImmediate as breathe } from 'node:timers/promises'
import type { SeriesId } from '../series/id.ts'
import { foldSpans, type RowSpan } from './fold.ts'
import { ChainWalk } from './hot-window.ts'
import type { Intake } from './intake.ts'
import { RAW } from './layout.ts'
import type { OpenFile, OpenFiles } from './open-files.ts'
import { gather } from './parquet/gather.ts'
import { Gathered } from './parquet/gathered.ts'
import type { SeriesRange } from './port.ts'
import { UNKNOWN } from './series-table.ts'

/** What queries read: the files and the windows in memory. Both may change between two chunks of a query. */
export interface Sources {
  readonly files: OpenFiles
  readonly intake: Intake
  /** Rows that a query holds in memory at once, about. */
  readonly queryRows: number
}

const MAX_CHUNK = 1024

/**
 * Calls `each` with chunks of the series asked for, as rising ordinals, and lets other work go on in between. Where one
 * series alone has too many readings it comes in several slices of time, oldest first, cut at `from` plus multiples
 * of `stepMs`. What a call of `each` reads is seen at one moment.
 */
export async function inChunks(
  sources: Sources,
  ids: readonly SeriesId[],
  { from, to, stepMs = 1 }: { from: number; to: number; stepMs?: number },
  each: (ordinals: Uint32Array, from: number, to: number) => void,
): Promise<void> {
  const known = new Set<number>()
  for (const id of ids) {
    const ordinal = sources.intake.series.find(id.lo, id.hi)
    if (ordinal !== UNKNOWN) known.add(ordinal)
  }
  const ordinals = Uint32Array.from(known).sort()
  const { queryRows } = sources
  const rows = rowsOfOne(sources, from, to)
  const size = Math.max(1, Math.min(MAX_CHUNK, Math.floor(queryRows / Math.max(1, rows))))
  const cuts = rows > queryRows ? cutTime(sources, from, to, stepMs, Math.ceil(rows / queryRows)) : [from, to]
  for (let at = 0; at < ordinals.length; at += size)
    for (let cut = 0; cut + 1 < cuts.length; cut++) {
      if (at > 0 || cut > 0) await breathe()
      each(ordinals.subarray(at, at + size), cuts[cut] as number, cuts[cut + 1] as number)
    }
}

/** How many readings of one series there are in the time range, as far as an average tells. */
function rowsOfOne({ files, intake }: Sources, from: number, to: number): number {
  let rows = 0
  for (const { meta } of files.of('raw')) {
    const overlap = Math.min(to, meta.maxAt + 1) - Math.max(from, meta.minAt)
    if (overlap > 0) rows += meta.rows * Math.min(1, overlap / (meta.maxAt + 1 - meta.minAt))
  }
  return rows / Math.max(1, intake.series.size)
}

/** Cuts the part of the range where there are readings into about `slices`. */
function cutTime({ files }: Sources, from: number, to: number, stepMs: number, slices: number): number[] {
  const raw = files.of('raw')
  const first = Math.max(from, Math.min(...raw.map((f) => f.meta.minAt)))
  const last = Math.min(to, Math.max(...raw.map((f) => f.meta.maxAt)))
  const cuts = [from]
  for (let i = 1; i < slices; i++) {
    const at = first + ((last - first) * i) / slices
    const cut = Number.isFinite(from) ? from + Math.floor((at - from) / stepMs) * stepMs : Math.floor(at)
    if (cut > (cuts.at(-1) as number) && cut < to) cuts.push(cut)
  }
  return [...cuts, to]
}

/** Readings of each series in `[from, to)`, in the order of `ids`. */
export async function readRange(
  sources: Sources,
  ids: readonly SeriesId[],
  from: number,
  to: number,
  limit = Number.POSITIVE_INFINITY,
): Promise<SeriesRange[]> {
  const found = new Map<number, Omit<SeriesRange, 'series'>>()
  await inChunks(sources, ids, { from, to }, (ordinals, sliceFrom, sliceTo) => {
    eachSeries(sources, ordinals, sliceFrom, sliceTo, [], (i, columns, length) => {
      const ordinal = ordinals[i] as number
      const before = found.get(ordinal)
      const n = Math.min(length, limit - (before?.value.length ?? 0))
      const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
      found.set(ordinal, {
        measuredAt: joined(before?.measuredAt, times.subarray(0, n)),
        value: joined(before?.value, values.subarray(0, n)),
        quality: Uint8Array.from(joined(before && Float64Array.from(before.quality), qualities.subarray(0, n))),
      })
    })
  })
  const nothing = { measuredAt: new Float64Array(0), value: new Float64Array(0), quality: new Uint8Array(0) }
  return ids.map(({ lo, hi }) => {
    const rows = found.get(sources.intake.series.find(lo, hi))
    return { series: { lo, hi }, ...(rows ?? nothing) }
  })
}

function joined(before: Float64Array | undefined, after: Float64Array): Float64Array {
  const out = new Float64Array((before?.length ?? 0) + after.length)
  if (before) out.set(before)
  out.set(after, before?.length ?? 0)
  return out
}

/**
 * Hands on the readings of each series: times, values, qualities and the further raw columns asked for, duplicates and
 * corrections resolved. Series without readings are left out.
 */
export function eachSeries(
  sources: Sources,
  ordinals: Uint32Array,
  from: number,
  to: number,
  further: readonly number[],
  each: (series: number, columns: Float64Array[], length: number) => void,
): void {
  const columns = [RAW.measuredAt, RAW.value, RAW.quality, ...further]
  const gathered = gatherFiles(sources.files.of('raw'), ordinals, from, to, columns)
  gathered.push(gatherWindows(sources.intake, ordinals, from, to, columns.length).rows)
  for (const { series, spans } of spansBySeries(gathered)) {
    const { columns: folded, length } = foldSpans(spans, columns.length)
    if (length > 0) each(series, folded, length)
  }
}

/** Rows of the wanted series from each file that may hold any in the time range. */
export function gatherFiles(
  files: readonly OpenFile[],
  ordinals: Uint32Array,
  from: number,
  to: number,
  columns: readonly number[],
): Gathered[] {
  const out: Gathered[] = []
  for (const { meta, data } of files) {
    if (meta.minAt >= to || meta.maxAt < from) continue
    const rows = new Gathered(columns.length)
    gather(data, ordinals, from, to, columns, rows)
    if (rows.runs > 0) out.push(rows)
  }
  return out
}

const walk = new ChainWalk()

/** Rows of the wanted series in memory; `late` names those with a row that older files must be asked about. */
export function gatherWindows(
  intake: Intake,
  ordinals: Uint32Array,
  from: number,
  to: number,
  columns: number,
): { rows: Gathered; late: Set<number> } {
  const rows = new Gathered(columns)
  const late = new Set<number>()
  const windows = intake.windows()
  for (let i = 0; i < ordinals.length; i++) {
    const ordinal = ordinals[i] as number
    walk.collect(intake.last.u32[ordinal * 8 + 7] as number, ordinal, windows)
    if (walk.addTo(rows, i, from, to)) late.add(i)
  }
  return { rows, late }
}

/** Goes through what several sources hold, series by series, oldest source first. */
export function* spansBySeries(gathered: readonly Gathered[]): Generator<{ series: number; spans: RowSpan[] }> {
  const next = new Uint32Array(gathered.length)
  for (;;) {
    let series = Number.POSITIVE_INFINITY
    for (let g = 0; g < gathered.length; g++) {
      const rows = gathered[g] as Gathered
      if ((next[g] as number) < rows.runs) series = Math.min(series, rows.series[next[g] as number] as number)
    }
    if (series === Number.POSITIVE_INFINITY) return
    const spans: RowSpan[] = []
    for (let g = 0; g < gathered.length; g++) {
      const rows = gathered[g] as Gathered
      const run = next[g] as number
      if (run >= rows.runs || rows.series[run] !== series) continue
      spans.push({ columns: rows.columns, start: rows.start[run] as number, end: rows.end(run) })
      next[g] = run + 1
    }
    yield { series, spans }
  }
}
