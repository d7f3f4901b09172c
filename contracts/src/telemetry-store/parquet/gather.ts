import { readVarint } from './bytes.ts'
import { decodePage } from './column-decoder.ts'
import { firstPageOf, type SortedFile } from './sorted-file.ts'

/** Rows picked from one source: runs of one series each, in the order of the series asked for, oldest first. */
export class Gathered {
  /** Columns asked for; the first is the time. */
  readonly columns: Float64Array[]
  rows = 0
  runs = 0
  /** Of each run: which of the series asked for, and its first row; it ends where the next one starts. */
  series = new Uint32Array(64)
  start = new Uint32Array(64)

  constructor(columns: number, capacity = 1024) {
    this.columns = Array.from({ length: columns }, () => new Float64Array(capacity))
  }

  /** Opens a run of `rows` rows; neighbouring runs of one series become one. */
  addRun(series: number, rows: number): void {
    this.#reserve(rows)
    if (this.runs > 0 && this.series[this.runs - 1] === series) {
      this.rows += rows
      return
    }
    if (this.runs === this.series.length) {
      this.series = grow(this.series, this.runs * 2)
      this.start = grow(this.start, this.runs * 2)
    }
    this.series[this.runs] = series
    this.start[this.runs++] = this.rows
    this.rows += rows
  }

  end(run: number): number {
    return run + 1 < this.runs ? (this.start[run + 1] as number) : this.rows
  }

  #reserve(more: number): void {
    const capacity = this.columns[0]?.length ?? 0
    if (this.rows + more <= capacity) return
    const wanted = Math.max(capacity * 2, this.rows + more)
    this.columns.forEach((column, c) => {
      const grown = new Float64Array(wanted)
      grown.set(column.subarray(0, this.rows))
      this.columns[c] = grown
    })
  }
}

function grow(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(length)
  out.set(array)
  return out
}

/** Rows of a page that are wanted. */
interface Piece {
  readonly page: number
  readonly series: number
  from: number
  to: number
}

const MAX_PAGES_AT_ONCE = 64
let scratch = new Uint8Array(1 << 20)
const times = new Float64Array(1 << 17)

/**
 * Reads rows of `wanted` (series ordinals, rising) in `[from, to)` from one file. `columns` are numbers of columns
 * after the series, the first of them the time.
 */
export function gather(
  file: SortedFile,
  wanted: Uint32Array,
  from: number,
  to: number,
  columns: readonly number[],
  out: Gathered,
): void {
  const pages = pagesWith(file, wanted, from, to)
  for (let i = 0; i < pages.length; ) {
    let end = i + 1
    while (
      end < pages.length &&
      end - i < MAX_PAGES_AT_ONCE &&
      follows(file, pages[end - 1] as number, pages[end] as number)
    )
      end++
    gatherPages(file, pages.slice(i, end), wanted, from, to, columns, out)
    i = end
  }
}

function follows(file: SortedFile, a: number, b: number): boolean {
  return b === a + 1 && file.index.group[a] === file.index.group[b]
}

/** Pages that may hold rows of the wanted series in the time range. */
function pagesWith(file: SortedFile, wanted: Uint32Array, from: number, to: number): number[] {
  const { index } = file
  const pages: number[] = []
  let w = 0
  let p = wanted.length > 0 ? firstPageOf(index, wanted[0] as number) : index.pages
  while (p < index.pages && w < wanted.length) {
    const first = index.firstOrdinal[p] as number
    while (w < wanted.length && (wanted[w] as number) < first) w++
    if (w === wanted.length) break
    const next = wanted[w] as number
    if (next > (index.lastOrdinal[p] as number)) {
      p = firstPageOf(index, next, p + 1)
      continue
    }
    if ((index.minTime[p] as number) < to && (index.maxTime[p] as number) >= from) pages.push(p)
    p++
  }
  return pages
}

function gatherPages(
  file: SortedFile,
  pages: readonly number[],
  wanted: Uint32Array,
  from: number,
  to: number,
  columns: readonly number[],
  out: Gathered,
): void {
  const pieces = findPieces(file, pages, wanted)
  if (pieces.length === 0) return
  const before = out.rows
  clipByTime(file, pages, pieces, from, to, out)
  for (let k = 1; k < columns.length; k++) {
    const c = columns[k] as number
    const base = readPages(file, c, pages)
    const target = out.columns[k] as Float64Array
    let at = before
    eachPage(pieces, (page, first, last) => {
      const bytes = base < 0 ? scratch : pageBytes(file, c, page, base)
      const stored = file.page(c, page)
      const low = (pieces[first] as Piece).from
      const high = (pieces[last - 1] as Piece).to
      if (last - first === 1) decodePage(stored, bytes, low, high, target, at)
      else decodePage(stored, bytes, low, high, times, 0)
      for (let i = first; i < last; i++) {
        const piece = pieces[i] as Piece
        if (last - first > 1) target.set(times.subarray(piece.from - low, piece.to - low), at)
        at += piece.to - piece.from
      }
    })
  }
}

/** Which rows of these pages belong to which wanted series, from the pages' directories. */
function findPieces(file: SortedFile, pages: readonly number[], wanted: Uint32Array): Piece[] {
  const { index } = file
  const at = index.directoryAt[pages[0] as number] as number
  const end = index.directoryAt[(pages.at(-1) as number) + 1] as number
  file.read(reserve(end - at), at, end - at)
  const pieces: Piece[] = []
  const cursor = { bytes: scratch, at: 0 }
  let w = 0
  for (const page of pages) {
    cursor.at = (index.directoryAt[page] as number) - at
    const pageEnd = (index.directoryAt[page + 1] as number) - at
    let ordinal = index.firstOrdinal[page] as number
    let row = 0
    // A series may go on from one page to the next.
    if (w > 0 && wanted[w - 1] === ordinal) w--
    while (cursor.at < pageEnd && w < wanted.length) {
      ordinal += readVarint(cursor)
      const rows = readVarint(cursor)
      while (w < wanted.length && (wanted[w] as number) < ordinal) w++
      if (wanted[w] === ordinal) pieces.push({ page, series: w++, from: row, to: row + rows })
      row += rows
    }
  }
  return pieces
}

/** Decodes the times, narrows the pieces to `[from, to)` and opens their runs. */
function clipByTime(
  file: SortedFile,
  pages: readonly number[],
  pieces: Piece[],
  from: number,
  to: number,
  out: Gathered,
): void {
  const base = readPages(file, 0, pages)
  let kept = 0
  eachPage(pieces, (page, first, last) => {
    const high = (pieces[last - 1] as Piece).to
    decodePage(file.page(0, page), base < 0 ? scratch : pageBytes(file, 0, page, base), 0, high, times, 0)
    for (let i = first; i < last; i++) {
      const piece = pieces[i] as Piece
      while (piece.from < piece.to && (times[piece.from] as number) < from) piece.from++
      while (piece.to > piece.from && (times[piece.to - 1] as number) >= to) piece.to--
      if (piece.from === piece.to) continue
      const start = out.rows
      out.addRun(piece.series, piece.to - piece.from)
      out.columns[0]?.set(times.subarray(piece.from, piece.to), start)
      pieces[kept++] = piece
    }
  })
  pieces.length = kept
}

function eachPage(pieces: readonly Piece[], each: (page: number, first: number, last: number) => void): void {
  for (let i = 0; i < pieces.length; ) {
    const { page } = pieces[i] as Piece
    let end = i + 1
    while (end < pieces.length && pieces[end]?.page === page) end++
    each(page, i, end)
    i = end
  }
}

/** Reads the neighbouring pages of a column in one go; returns where `scratch` starts, -1 for a constant. */
function readPages(file: SortedFile, c: number, pages: readonly number[]): number {
  if (file.isConstant(c, pages[0] as number)) return -1
  const { index } = file
  const last = c * index.pages + (pages.at(-1) as number)
  const at = index.pageAt[c * index.pages + (pages[0] as number)] as number
  const end = (index.pageAt[last] as number) + (index.pageSize[last] as number)
  file.read(reserve(end - at), at, end - at)
  return at
}

function pageBytes(file: SortedFile, c: number, page: number, base: number): Uint8Array {
  const cell = c * file.index.pages + page
  const at = (file.index.pageAt[cell] as number) - base
  return scratch.subarray(at, at + (file.index.pageSize[cell] as number))
}

function reserve(length: number): Uint8Array {
  if (scratch.length < length + 8) scratch = new Uint8Array(length * 2 + 8)
  return scratch
}
