import { closeSync, openSync, readSync } from 'node:fs'
import { QuartierError } from '../../errors.ts'
import { decompress, readVarint } from './bytes.ts'
import { decodePage, decodePlain, type StoredPage } from './column-decoder.ts'
import type { ColumnKind } from './footer.ts'
import { CONSTANT, DICTIONARY, decodePageIndex, type PageIndex } from './page-index.ts'

/** Dictionaries up to this long stay in memory with their file. */
const KEPT_DICTIONARY = 4096

/** One of our Parquet files, open for reading: a descriptor and the page index, nothing else. */
export class SortedFile {
  readonly path: string
  readonly index: PageIndex
  /** Kinds of the columns after the series. */
  readonly kinds: readonly ColumnKind[]
  #fd: number
  #kept: ({ group: number; values: Float64Array } | undefined)[] = []

  constructor(
    path: string,
    place: { readonly indexAt: number; readonly indexBytes: number },
    kinds: readonly ColumnKind[],
  ) {
    this.path = path
    this.kinds = kinds
    try {
      this.#fd = openSync(path, 'r')
    } catch (cause) {
      throw new QuartierError('STORE_CORRUPT', `open ${path}: the manifest names it and it is not there`, { cause })
    }
    const bytes = new Uint8Array(place.indexBytes)
    this.read(bytes, place.indexAt, place.indexBytes)
    this.index = decodePageIndex(bytes, path)
  }

  close(): void {
    closeSync(this.#fd)
  }

  read(into: Uint8Array, at: number, length: number): void {
    for (let done = 0; done < length; ) {
      const n = readSync(this.#fd, into, done, length - done, at + done)
      if (n === 0) throw new QuartierError('STORE_CORRUPT', `read ${this.path}: it ends before ${at + length}`)
      done += n
    }
  }

  /** What is needed to decode page `p` of column `c`. */
  page(c: number, p: number): StoredPage {
    const { index } = this
    const group = index.group[p] as number
    const chunk = c * index.groups + group
    const encoding = index.encoding[chunk] as number
    return {
      encoding,
      compressed: index.compressed[chunk] === 1,
      kind: this.kinds[c] as ColumnKind,
      rows: index.rows[p] as number,
      rawSize: index.pageRaw[c * index.pages + p] as number,
      constant: index.constant[chunk] as number,
      dictionary: encoding === DICTIONARY ? this.#dictionary(c, group) : undefined,
    }
  }

  isConstant(c: number, p: number): boolean {
    return this.index.encoding[c * this.index.groups + (this.index.group[p] as number)] === CONSTANT
  }

  #dictionary(c: number, group: number): Float64Array {
    const kept = this.#kept[c]
    if (kept?.group === group) return kept.values
    const { index } = this
    const chunk = c * index.groups + group
    const stored = new Uint8Array(index.dictionarySize[chunk] as number)
    this.read(stored, index.dictionaryAt[chunk] as number, stored.length)
    const count = index.dictionaryCount[chunk] as number
    const raw = index.compressed[chunk] === 1 ? decompress(stored, count * 8) : stored
    const values = new Float64Array(count)
    decodePlain(raw, this.kinds[c] as ColumnKind, 0, count, values, 0)
    if (count <= KEPT_DICTIONARY) this.#kept[c] = { group, values }
    return values
  }
}

/** The first page whose last series is `ordinal` or later. */
export function firstPageOf(index: PageIndex, ordinal: number, from = 0): number {
  let low = from
  let high = index.pages
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((index.lastOrdinal[middle] as number) < ordinal) low = middle + 1
    else high = middle
  }
  return low
}

/** Walks a page's directory: calls `each(ordinal, rows)` for its runs. */
export function walkDirectory(
  bytes: Uint8Array,
  at: number,
  end: number,
  firstOrdinal: number,
  each: (ordinal: number, rows: number) => void,
): void {
  const cursor = { bytes, at }
  let ordinal = firstOrdinal
  while (cursor.at < end) {
    ordinal += readVarint(cursor)
    each(ordinal, readVarint(cursor))
  }
}

/** Reads a file from its first row to its last, a page at a time, all columns decoded. */
export class PageCursor {
  readonly file: SortedFile
  readonly columns: readonly Float64Array[]
  readonly ordinals: Uint32Array
  /** Rows of the current page; 0 at the end. */
  rows = 0
  #page = -1
  #bytes = new Uint8Array(1 << 17)

  constructor(file: SortedFile, pageRows: number) {
    this.file = file
    this.columns = file.kinds.map(() => new Float64Array(pageRows))
    this.ordinals = new Uint32Array(pageRows)
    this.next()
  }

  /** Goes on to the next page; `false` when there is none. */
  next(): boolean {
    const { index } = this.file
    const p = ++this.#page
    if (p >= index.pages) {
      this.rows = 0
      return false
    }
    this.rows = index.rows[p] as number
    const from = index.directoryAt[p] as number
    const length = (index.directoryAt[p + 1] as number) - from
    const { ordinals } = this
    let row = 0
    walkDirectory(this.#read(from, length), 0, length, index.firstOrdinal[p] as number, (ordinal, rows) => {
      ordinals.fill(ordinal, row, row + rows)
      row += rows
    })
    this.columns.forEach((column, c) => {
      const cell = c * index.pages + p
      const page = this.file.page(c, p)
      const size = index.pageSize[cell] as number
      const stored = page.encoding === CONSTANT ? this.#bytes : this.#read(index.pageAt[cell] as number, size)
      decodePage(page, page.compressed ? stored.subarray(0, size) : stored, 0, this.rows, column, 0)
    })
    return true
  }

  #read(at: number, length: number): Uint8Array {
    if (this.#bytes.length < length + 8) this.#bytes = new Uint8Array(length * 2 + 8)
    this.file.read(this.#bytes, at, length)
    return this.#bytes
  }
}
