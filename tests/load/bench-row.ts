import { cpus, totalmem } from 'node:os'

/** One figure of a benchmark: what it is, what was measured, against what it is held. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Lowest and highest of the runs, when there were several; `value` is then their median. */
  readonly spread?: readonly [low: number, high: number]
  /** The peer's figure in the same run, same unit. */
  readonly peer?: number
  /** value / peer. */
  readonly ratio?: number
  /** What the figure must reach, and what it reaches for; for sizes and times, upper bounds. */
  readonly must?: number
  readonly reach?: number
  /** Whether smaller is better. */
  readonly smaller?: boolean
  /** What a reader must know to trust the figure. */
  readonly note?: string
}

export interface BenchReport {
  readonly bench: string
  readonly at: string
  readonly commit: string
  readonly machine: string
  readonly rows: readonly BenchRow[]
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** A row from several runs of the same thing. */
export function rowOf(row: Omit<BenchRow, 'value' | 'spread'>, runs: readonly number[]): BenchRow {
  return { ...row, value: median(runs), spread: [Math.min(...runs), Math.max(...runs)] }
}

/** Rows as lines for people. */
export function renderRows(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${number(row.value)} ${row.unit}`,
    row.spread ? `${number(row.spread[0])} – ${number(row.spread[1])}` : '',
    row.peer === undefined ? '' : `${number(row.peer)}`,
    row.ratio === undefined ? '' : `${row.ratio.toFixed(2)}×`,
    row.must === undefined ? '' : `${number(row.must)}`,
    row.reach === undefined ? '' : `${number(row.reach)}`,
    verdict(row),
  ])
  const table = [['what', 'figure', 'spread', 'peer', 'ratio', 'must', 'reach', ''], ...cells]
  const widths = (table[0] as string[]).map((_, c) => Math.max(...table.map((line) => (line[c] as string).length)))
  const lines = table.map((line) =>
    line
      .map((cell, c) => cell.padEnd(widths[c] as number))
      .join('  ')
      .trimEnd(),
  )
  const notes = rows.filter((row) => row.note).map((row) => `  ${row.name}: ${row.note}`)
  return [...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

export function verdict(row: BenchRow): '' | 'reached' | 'met' | 'missed' {
  const holds = (bound: number) => (row.smaller ? row.value <= bound : row.value >= bound)
  if (row.reach !== undefined && holds(row.reach)) return 'reached'
  if (row.must === undefined) return ''
  return holds(row.must) ? 'met' : 'missed'
}

function number(n: number): string {
  if (Math.abs(n) >= 1_000) return Math.round(n).toLocaleString('en')
  return String(Math.round(n * 100) / 100)
}
