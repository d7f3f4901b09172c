import { readVarint } from './bytes.ts'
import { decodePage } from './column-decoder.ts'
import { type Gathered, grown } from './gathered.ts'
import { firstPageOf, type SortedFile } from './sorted-file.ts'
import { PAGE_ROWS } from './writer.ts'

/** Pages read in one go. */
const MAX_PAGES = 64

/** Rows of pages that are wanted, as columns: a page, which of the wanted series, and the rows `[from, to)` in it. */
const pieces = {
  count: 0,
  rows: 0,
  page: new Uint32Array(1024),
  series: new Uint32Array(1024),
  from: new Uint32Array(1024),
  to: new Uint32Array(1024),
}

let scratch = new Uint8Array(1 << 20)
const decoded = new Float64Array(PAGE_ROWS)

/**
 * Reads rows of `wanted` (series ordinals, rising) in `[from, to)` from one file. `columns` are numbers of columns
 * after the series, the first of them the time. With `each`, rows are handed on and dropped in between, so that memory
 * stays bounded however many there are; a series may then come in several parts.
 */
export function gather(
  file: SortedFile,
  wanted: Uint32Array,
  from: number,
  to: number,
  columns: readonly number[],
  out: Gathered,
  each?: (part: Gathered) => void,
): void {
  const pages = pagesWith(file, wanted, from, to)
  for (let i = 0; i < pages.length; ) {
    let end = i + 1
    while (end < pages.length && end - i < MAX_PAGES && follows(file, pages[end - 1] as number, pages[end] as number))
      end++
    gatherPages(file, pages.slice(i, end), wanted, from, to, columns, out)
    i = end
    if (!each || out.runs === 0) continue
    each(out)
    out.clear()
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
  findPieces(file, pages, wanted)
  if (pieces.count === 0) return
  const before = out.rows
  out.reserve(pieces.rows)
  gatherTimes(file, pages, from, to, out)
  for (let k = 1; k < columns.length; k++)
    gatherColumn(file, columns[k] as number, pages, out.columns[k] as Float64Array, before)
}

/** Which rows of these pages belong to which wanted series, from the pages' directories. */
function findPieces(file: SortedFile, pages: readonly number[], wanted: Uint32Array): void {
  const { index } = file
  const at = index.directoryAt[pages[0] as number] as number
  const end = index.directoryAt[(pages.at(-1) as number) + 1] as number
  const cursor = { bytes: reserve(end - at), at: 0 }
  file.read(cursor.bytes, at, end - at)
  pieces.count = 0
  pieces.rows = 0
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
      if (wanted[w] === ordinal) addPiece(page, w++, row, row + rows)
      row += rows
    }
  }
}

function addPiece(page: number, series: number, from: number, to: number): void {
  const i = pieces.count++
  if (i === pieces.page.length)
    for (const name of ['page', 'series', 'from', 'to'] as const) pieces[name] = grown(pieces[name], i * 2)
  pieces.rows += to - from
  pieces.page[i] = page
  pieces.series[i] = series
  pieces.from[i] = from
  pieces.to[i] = to
}

/** Decodes the times, narrows the pieces to `[from, to)`, drops the empty ones and opens their runs. */
function gatherTimes(file: SortedFile, pages: readonly number[], from: number, to: number, out: Gathered): void {
  const base = readPages(file, 0, pages)
  const { count } = pieces
  let kept = 0
  for (let i = 0; i < count; ) {
    const page = pieces.page[i] as number
    const end = endOfPage(i, count)
    decodePage(file.page(0, page), pageBytes(file, 0, page, base), 0, pieces.to[end - 1] as number, decoded, 0)
    for (; i < end; i++) {
      let first = pieces.from[i] as number
      let last = pieces.to[i] as number
      while (first < last && (decoded[first] as number) < from) first++
      while (last > first && (decoded[last - 1] as number) >= to) last--
      if (first === last) continue
      let at = out.rows
      out.addRun(pieces.series[i] as number, last - first)
      const times = out.columns[0] as Float64Array
      for (let row = first; row < last; row++) times[at++] = decoded[row] as number
      pieces.page[kept] = page
      pieces.from[kept] = first
      pieces.to[kept++] = last
    }
  }
  pieces.count = kept
}

function gatherColumn(
  file: SortedFile,
  c: number,
  pages: readonly number[],
  target: Float64Array,
  start: number,
): void {
  const { count } = pieces
  const base = count === 0 ? -1 : readPages(file, c, pages)
  let at = start
  for (let i = 0; i < count; ) {
    const page = pieces.page[i] as number
    const end = endOfPage(i, count)
    const low = pieces.from[i] as number
    const high = pieces.to[end - 1] as number
    decodePage(file.page(c, page), pageBytes(file, c, page, base), low, high, decoded, 0)
    for (; i < end; i++) {
      const last = (pieces.to[i] as number) - low
      for (let row = (pieces.from[i] as number) - low; row < last; row++) target[at++] = decoded[row] as number
    }
  }
}

/** The end of the pieces that share the page of piece `i`. */
function endOfPage(i: number, count: number): number {
  const page = pieces.page[i]
  let end = i + 1
  while (end < count && pieces.page[end] === page) end++
  return end
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
  if (base < 0) return scratch
  const cell = c * file.index.pages + page
  const at = (file.index.pageAt[cell] as number) - base
  return scratch.subarray(at, at + (file.index.pageSize[cell] as number))
}

function reserve(length: number): Uint8Array {
  if (scratch.length < length + 8) scratch = new Uint8Array(length * 2 + 8)
  return scratch
}
