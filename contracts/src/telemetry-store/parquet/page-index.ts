import { QuartierError } from '../../errors.ts'

/**
 * Where everything stands in one of our files, kept in memory while the file is open: it lets a query go straight to
 * the few pages it needs. It lies in the file between the last row group and the Parquet footer, where other readers
 * never look. Arrays of pages have `pages` places; those of pages and columns `columns · pages`, column by column.
 */
export interface PageIndex {
  readonly pages: number
  readonly groups: number
  readonly columns: number
  readonly overrides: Overrides
  readonly minTime: Float64Array
  readonly maxTime: Float64Array
  /** By column and row group: the value that all its rows share, where `encoding` is CONSTANT. */
  readonly constant: Float64Array
  readonly firstOrdinal: Uint32Array
  readonly lastOrdinal: Uint32Array
  readonly rows: Uint32Array
  readonly group: Uint32Array
  /** Place of the page's directory in the file; one more than there are pages. */
  readonly directoryAt: Uint32Array
  readonly pageAt: Uint32Array
  readonly pageSize: Uint32Array
  readonly pageRaw: Uint32Array
  readonly dictionaryAt: Uint32Array
  readonly dictionarySize: Uint32Array
  readonly dictionaryCount: Uint32Array
  readonly encoding: Uint8Array
  readonly compressed: Uint8Array
}

/** Series of which this file corrects rows of older files, with the span of the corrected times. */
export interface Overrides {
  readonly ordinal: Uint32Array
  readonly from: Float64Array
  readonly to: Float64Array
}

/** Values of {@link PageIndex.encoding}. */
export const DELTA = 1
export const DICTIONARY = 2
export const SPLIT = 3
export const PLAIN = 4
export const CONSTANT = 5

const MAGIC = 0x31585051
const HEADER_BYTES = 32

type Lengths = { readonly pages: number; readonly groups: number; readonly columns: number; readonly overrides: number }

/** Every array of the index, in the order in which they are written: widest first, so that all are aligned. */
function layout(n: Lengths) {
  const cells = n.columns * n.pages
  const chunks = n.columns * n.groups
  return {
    f64: { from: n.overrides, to: n.overrides, minTime: n.pages, maxTime: n.pages, constant: chunks },
    u32: {
      ordinal: n.overrides,
      firstOrdinal: n.pages,
      lastOrdinal: n.pages,
      rows: n.pages,
      group: n.pages,
      directoryAt: n.pages + 1,
      pageAt: cells,
      pageSize: cells,
      pageRaw: cells,
      dictionaryAt: chunks,
      dictionarySize: chunks,
      dictionaryCount: chunks,
    },
    u8: { encoding: chunks, compressed: chunks },
  }
}

export function encodePageIndex(index: PageIndex): Uint8Array {
  const lengths = {
    pages: index.pages,
    groups: index.groups,
    columns: index.columns,
    overrides: index.overrides.ordinal.length,
  }
  const at = layout(lengths)
  const arrays = { ...index, ...index.overrides } as unknown as Record<string, ArrayLike<number>>
  const total = (n: Record<string, number>) => Object.values(n).reduce((a, b) => a + b, 0)
  const out = new Uint8Array(HEADER_BYTES + total(at.f64) * 8 + total(at.u32) * 4 + total(at.u8))
  const { buffer } = out
  new Uint32Array(buffer, 0, 6).set([MAGIC, 1, lengths.pages, lengths.groups, lengths.columns, lengths.overrides])
  let place = HEADER_BYTES
  for (const [name, n] of Object.entries(at.f64)) {
    new Float64Array(buffer, place, n).set(arrays[name] as ArrayLike<number>)
    place += n * 8
  }
  for (const [name, n] of Object.entries(at.u32)) {
    new Uint32Array(buffer, place, n).set(arrays[name] as ArrayLike<number>)
    place += n * 4
  }
  for (const [name, n] of Object.entries(at.u8)) {
    out.set(arrays[name] as ArrayLike<number>, place)
    place += n
  }
  return out
}

/** @throws QuartierError STORE_CORRUPT */
export function decodePageIndex(bytes: Uint8Array, path: string): PageIndex {
  const copy = new Uint8Array(bytes)
  const { buffer } = copy
  const head = new Uint32Array(buffer, 0, 8)
  if (copy.length < HEADER_BYTES || head[0] !== MAGIC || head[1] !== 1)
    throw new QuartierError('STORE_CORRUPT', `open ${path}: its page index is damaged`)
  const [, , pages = 0, groups = 0, columns = 0, overrides = 0] = head
  const at = layout({ pages, groups, columns, overrides })
  const arrays: Record<string, Float64Array | Uint32Array | Uint8Array> = {}
  let place = HEADER_BYTES
  for (const [name, n] of Object.entries(at.f64)) {
    arrays[name] = new Float64Array(buffer, place, n)
    place += n * 8
  }
  for (const [name, n] of Object.entries(at.u32)) {
    arrays[name] = new Uint32Array(buffer, place, n)
    place += n * 4
  }
  for (const [name, n] of Object.entries(at.u8)) {
    arrays[name] = new Uint8Array(buffer, place, n)
    place += n
  }
  const { ordinal, from, to, ...rest } = arrays
  return { pages, groups, columns, overrides: { ordinal, from, to } as Overrides, ...rest } as unknown as PageIndex
}
