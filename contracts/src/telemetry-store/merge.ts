import { sameValue } from './fold.ts'
import { RAW } from './layout.ts'
import { PageCursor, type SortedFile } from './parquet/sorted-file.ts'
import { PAGE_ROWS } from './parquet/writer.ts'

/** Takes rows `[from, to)` of one series out of a page's columns. */
export type TakeRows = (ordinal: number, columns: readonly Float64Array[], from: number, to: number) => void

interface Input {
  readonly page: PageCursor
  row: number
}

/**
 * Merges raw files, given oldest flush first, into one stream sorted by series and time, in which each reading stands
 * once. Memory is one page a file, however large the files are.
 */
export class Merge {
  #inputs: Input[]
  #take: TakeRows
  #active: Input[] = []

  constructor(files: readonly SortedFile[], take: TakeRows) {
    this.#inputs = files.map((file) => ({ page: new PageCursor(file, PAGE_ROWS), row: 0 }))
    this.#take = take
  }

  /** Hands on about `rows` rows; `false` when there are no more. */
  step(rows: number): boolean {
    let left = rows
    while (left > 0) {
      const ordinal = this.#nextSeries()
      if (ordinal < 0) return false
      while (this.#active.length > 0) left -= this.#nextRows(ordinal)
    }
    return true
  }

  /** The least series at hand; the inputs that hold it become the active ones. */
  #nextSeries(): number {
    let least = -1
    this.#active.length = 0
    for (const input of this.#inputs) {
      if (input.page.rows === 0) continue
      const ordinal = input.page.ordinals[input.row] as number
      if (least === -1 || ordinal < least) {
        least = ordinal
        this.#active.length = 0
      }
      if (ordinal === least) this.#active.push(input)
    }
    return least
  }

  #nextRows(ordinal: number): number {
    const active = this.#active
    let first = active[0] as Input
    let firstAt = timeIn(first)
    let nextAt = Number.POSITIVE_INFINITY
    for (let i = 1; i < active.length; i++) {
      const input = active[i] as Input
      const at = timeIn(input)
      if (at < firstAt) {
        nextAt = firstAt
        first = input
        firstAt = at
      } else if (at < nextAt) nextAt = at
    }
    if (nextAt === firstAt) return this.#tied(ordinal, firstAt)
    const { ordinals, rows, columns } = first.page
    const times = columns[RAW.measuredAt] as Float64Array
    const from = first.row
    let end = from + 1
    while (end < rows && ordinals[end] === ordinal && (times[end] as number) < nextAt) end++
    this.#take(ordinal, columns, from, end)
    this.#advance(first, end, ordinal)
    return end - from
  }

  /** One reading that several files hold: the newest flush counts, unless it only repeats the value. */
  #tied(ordinal: number, at: number): number {
    const tied = this.#active.filter((input) => timeIn(input) === at)
    let keep = tied[0] as Input
    for (const input of tied) if (!sameValue(valueIn(input), valueIn(keep))) keep = input
    this.#take(ordinal, keep.page.columns, keep.row, keep.row + 1)
    for (const input of tied) this.#advance(input, input.row + 1, ordinal)
    return tied.length
  }

  #advance(input: Input, row: number, ordinal: number): void {
    input.row = row
    if (row === input.page.rows) {
      input.page.next()
      input.row = 0
    }
    if (input.page.rows === 0 || input.page.ordinals[input.row] !== ordinal)
      this.#active.splice(this.#active.indexOf(input), 1)
  }
}

const timeIn = (input: Input): number => (input.page.columns[RAW.measuredAt] as Float64Array)[input.row] as number
const valueIn = (input: Input): number => (input.page.columns[RAW.value] as Float64Array)[input.row] as number
