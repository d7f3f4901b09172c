/** Rows picked from one source: runs of one series each, in the order of the series asked for. */
export class Gathered {
  /** Columns asked for; the first is the time. */
  readonly columns: Float64Array[]
  rows = 0
  runs = 0
  /** Of each run: which of the series asked for, and its first row; it ends where the next one starts. */
  series = new Uint32Array(64)
  start = new Uint32Array(64)

  constructor(columns: number, capacity = 64) {
    this.columns = Array.from({ length: columns }, () => new Float64Array(capacity))
  }

  /** Opens a run of `rows` rows; neighbouring runs of one series become one. The caller fills the rows. */
  addRun(series: number, rows: number): void {
    this.reserve(rows)
    if (this.runs > 0 && this.series[this.runs - 1] === series) {
      this.rows += rows
      return
    }
    if (this.runs === this.series.length) {
      this.series = grown(this.series, this.runs * 2)
      this.start = grown(this.start, this.runs * 2)
    }
    this.series[this.runs] = series
    this.start[this.runs++] = this.rows
    this.rows += rows
  }

  /** Forgets the rows and keeps the room. */
  clear(): void {
    this.rows = 0
    this.runs = 0
  }

  end(run: number): number {
    return run + 1 < this.runs ? (this.start[run + 1] as number) : this.rows
  }

  /** Makes room for `more` rows. */
  reserve(more: number): void {
    const capacity = this.columns[0]?.length ?? 0
    if (this.rows + more <= capacity) return
    const wanted = this.rows === 0 ? more : Math.max(capacity * 2, this.rows + more)
    this.columns.forEach((column, c) => {
      const wider = new Float64Array(wanted)
      wider.set(column.subarray(0, this.rows))
      this.columns[c] = wider
    })
  }
}

/** A longer copy. */
export function grown(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(length)
  out.set(array)
  return out
}
