import { byFlush, type StoreFile } from './layout.ts'

const DAY = 86_400_000

export interface CompactionLimits {
  /** So many neighbouring files of one level are merged into one. */
  readonly fan: number
  /** A file with at least this many rows is not merged again. */
  readonly doneRows: number
  /** The files of one merge have at most so many bytes together. */
  readonly maxBytes: number
}

export const DEFAULT_LIMITS: CompactionLimits = { fan: 8, doneRows: 20_000_000, maxBytes: 2_000_000_000 }

/**
 * The next raw files to merge, neighbours by flush and of one day of the platform's clock, oldest first; `undefined`
 * when all is well. Files of a day that is over are merged whatever their level, a single one so that it gets its rollups.
 */
export function planMerge(files: readonly StoreFile[], now: number, limits: CompactionLimits): StoreFile[] | undefined {
  const raw = files.filter((f) => f.tier === 'raw').sort(byFlush)
  const today = Math.floor(now / DAY)
  for (const run of neighbours(raw, limits)) {
    const over = dayOf(run[0] as StoreFile) < today
    const left = over ? groups(run, limits).find((g) => g.length > 1 || !g[0]?.rolledUp) : undefined
    if (left) return left
    for (const level of new Set(run.map((f) => f.level))) {
      const found = sameLevel(run, level, limits)
      if (found) return found
    }
  }
  return undefined
}

const dayOf = (file: StoreFile): number => Math.floor(file.writtenAt / DAY)

/** Runs of neighbouring files of one day that may still be merged. */
function neighbours(raw: readonly StoreFile[], limits: CompactionLimits): StoreFile[][] {
  const runs: StoreFile[][] = []
  let run: StoreFile[] = []
  for (const file of raw) {
    const done = file.rolledUp && (file.rows >= limits.doneRows || file.bytes >= limits.maxBytes)
    if (done || (run[0] && dayOf(run[0]) !== dayOf(file))) {
      runs.push(run)
      run = []
    }
    if (!done) run.push(file)
  }
  runs.push(run)
  return runs.filter((r) => r.length > 0)
}

/** The run in groups of neighbours, each as large as one merge may take. */
function groups(run: readonly StoreFile[], limits: CompactionLimits): StoreFile[][] {
  const out: StoreFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of run) {
    bytes += file.bytes
    if (bytes > limits.maxBytes) {
      out.push([])
      bytes = file.bytes
    }
    out.at(-1)?.push(file)
  }
  return out
}

/** Enough neighbours of a level, or as many of them as one merge may take. */
function sameLevel(run: readonly StoreFile[], level: number, limits: CompactionLimits): StoreFile[] | undefined {
  let found: StoreFile[] = []
  for (const file of run) {
    if (file.level === level) found.push(file)
    else found = []
    if (found.length === limits.fan) return groups(found, limits).find((g) => g.length > 1)
  }
  return undefined
}
