import { copyRows, foldSpans } from './fold.ts'
import { RAW, ROLLUP_TIERS, type RollupTier } from './layout.ts'
import { Merge } from './merge.ts'
import type { OpenFile } from './open-files.ts'
import { gather } from './parquet/gather.ts'
import { Gathered } from './parquet/gathered.ts'
import type { Overrides } from './parquet/page-index.ts'
import { GROUP_ROWS, type SortedFileWriter } from './parquet/writer.ts'
import { addReading, type Corrections, emptyPartial, RollupBuilder } from './rollup.ts'

/** Rows between two looks at whether something more urgent is waiting. */
const STEP_ROWS = 65_536

export interface Compaction {
  readonly raw: SortedFileWriter | undefined
  readonly rollups: Readonly<Record<RollupTier, SortedFileWriter | undefined>>
  readonly overrides: Overrides
}

export interface CompactionJob {
  /** Neighbours by flush, oldest first. */
  readonly inputs: readonly OpenFile[]
  /** Raw and rollup files of flushes before them. */
  readonly older: readonly OpenFile[]
  readonly tierIntervalMs: ArrayLike<number>
  readonly openRaw: () => SortedFileWriter
  readonly openRollup: (tier: RollupTier) => SortedFileWriter
  /** Lets more urgent work go first; rejects to give up. */
  readonly pause: () => Promise<void>
}

/** Merges raw files and computes the rollups of what comes out. The writers are left open for the caller to finish. */
export async function compact(job: CompactionJob): Promise<Compaction> {
  const overrides = unite(job.inputs.map((f) => f.data.index.overrides))
  const corrections = createCorrections(job, overrides)
  const builders = ROLLUP_TIERS.map(
    (tier) => new RollupBuilder(tier, job.tierIntervalMs, corrections, () => job.openRollup(tier)),
  )
  let raw: SortedFileWriter | undefined
  const merge = new Merge(
    job.inputs.map((f) => f.data),
    (ordinal, columns, from, to) => {
      raw ??= job.openRaw()
      appendRows(raw, ordinal, columns, from, to)
      const [times, , values, qualities] = columns as [Float64Array, Float64Array, Float64Array, Float64Array]
      for (const builder of builders) builder.add(ordinal, times, values, qualities, from, to)
    },
  )
  while (merge.step(STEP_ROWS)) await job.pause()
  for (const builder of builders) builder.finish()
  const [minute, hour] = builders
  return { raw, rollups: { minute: minute?.writer, hour: hour?.writer }, overrides }
}

function appendRows(
  writer: SortedFileWriter,
  ordinal: number,
  columns: readonly Float64Array[],
  from: number,
  to: number,
): void {
  for (let i = from; i < to; ) {
    const n = Math.min(to - i, GROUP_ROWS - writer.count)
    const at = writer.count
    writer.ordinals.fill(ordinal, at, at + n)
    for (let c = 0; c < columns.length; c++)
      copyRows(columns[c] as Float64Array, i, i + n, writer.columns[c] as Float64Array, at)
    writer.count += n
    i += n
    if (writer.count === GROUP_ROWS) writer.endGroup()
  }
}

/** Which windows must be computed anew because rows here correct rows of files that are not merged with them. */
function createCorrections(job: CompactionJob, overrides: Overrides): Corrections {
  const place = new Map(Array.from(overrides.ordinal, (ordinal, i) => [ordinal, i]))
  const sources = [...job.older.filter((f) => f.meta.tier === 'raw'), ...job.inputs]
  /** Older rollups whose raw rows are gone cannot be computed anew. */
  const orphans = job.older.filter((f) => f.meta.tier !== 'raw' && !job.older.some((r) => isRawOf(r, f)))
  return {
    affects(ordinal, windowAt, windowEnd) {
      const i = place.get(ordinal)
      if (i === undefined) return false
      return (overrides.from[i] as number) < windowEnd && (overrides.to[i] as number) >= windowAt
    },
    recompute(ordinal, windowAt, windowEnd) {
      if (orphans.some((f) => f.meta.minAt < windowEnd && f.meta.maxAt >= windowAt)) return undefined
      const wanted = Uint32Array.of(ordinal)
      const spans = sources.map((f) => {
        const out = new Gathered(3, 64)
        gather(f.data, wanted, windowAt, windowEnd, [RAW.measuredAt, RAW.value, RAW.quality], out)
        return { columns: out.columns, start: 0, end: out.rows }
      })
      const { columns, length } = foldSpans(spans, 3)
      const [times, values, qualities] = columns as [Float64Array, Float64Array, Float64Array]
      const partial = emptyPartial()
      for (let i = 0; i < length; i++)
        addReading(partial, times[i] as number, values[i] as number, qualities[i] as number)
      return partial
    },
  }
}

const isRawOf = (raw: OpenFile, rollup: OpenFile): boolean =>
  raw.meta.tier === 'raw' && raw.meta.fromFlush === rollup.meta.fromFlush && raw.meta.toFlush === rollup.meta.toFlush

/** The overrides of several files as those of one. */
function unite(all: readonly Overrides[]): Overrides {
  const spans = new Map<number, [number, number]>()
  for (const o of all)
    o.ordinal.forEach((ordinal, i) => {
      const span = spans.get(ordinal)
      const from = o.from[i] as number
      const to = o.to[i] as number
      spans.set(ordinal, span ? [Math.min(span[0], from), Math.max(span[1], to)] : [from, to])
    })
  const sorted = [...spans].sort((a, b) => a[0] - b[0])
  return {
    ordinal: Uint32Array.from(sorted, ([ordinal]) => ordinal),
    from: Float64Array.from(sorted, ([, [from]]) => from),
    to: Float64Array.from(sorted, ([, [, to]]) => to),
  }
}
