import { type Cursor, decompress } from './bytes.ts'
import { decodeDelta } from './delta.ts'
import { type ColumnKind, valueBytes } from './footer.ts'
import { decodeIndexes } from './hybrid.ts'
import { CONSTANT, DELTA, DICTIONARY, SPLIT } from './page-index.ts'

/** One page as it lies in the file, and what is needed to read it. */
export interface StoredPage {
  readonly encoding: number
  readonly compressed: boolean
  readonly kind: ColumnKind
  readonly rows: number
  readonly rawSize: number
  readonly constant: number
  readonly dictionary: Float64Array | undefined
}

let deltaScratch = new Float64Array(8192)
let indexScratch = new Uint32Array(8192)

/** Decodes rows `[from, to)` of a page into `out[outAt…)`. `stored` may be longer than the page. */
export function decodePage(
  page: StoredPage,
  stored: Uint8Array,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  if (page.encoding === CONSTANT) {
    out.fill(page.constant, outAt, outAt + to - from)
    return
  }
  const bytes = page.compressed ? decompress(stored, page.rawSize) : stored
  if (page.encoding === DELTA) {
    if (from === 0 && outAt === 0) {
      decodeDelta({ bytes, at: 0 }, to, out)
      return
    }
    if (deltaScratch.length < to) deltaScratch = new Float64Array(page.rows)
    decodeDelta({ bytes, at: 0 }, to, deltaScratch)
    for (let i = from, k = outAt; i < to; i++) out[k++] = deltaScratch[i] as number
  } else if (page.encoding === DICTIONARY) decodeDictionary(page, { bytes, at: 0 }, from, to, out, outAt)
  else if (page.encoding === SPLIT) decodeSplit(bytes, page.rows, from, to, out, outAt)
  else decodePlain(bytes, page.kind, from, to, out, outAt)
}

function decodeDictionary(
  page: StoredPage,
  cursor: Cursor,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  if (indexScratch.length < to - from) indexScratch = new Uint32Array(page.rows)
  decodeIndexes(cursor, from, to, indexScratch, 0)
  const values = page.dictionary as Float64Array
  const n = to - from
  for (let i = 0; i < n; i++) out[outAt + i] = values[indexScratch[i] as number] as number
}

const word = new Float64Array(1)
const wordBytes = new Uint8Array(word.buffer)

function decodeSplit(
  bytes: Uint8Array,
  rows: number,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  for (let i = from; i < to; i++) {
    for (let b = 0; b < 8; b++) wordBytes[b] = bytes[b * rows + i] as number
    out[outAt + i - from] = word[0] as number
  }
}

export function decodePlain(
  bytes: Uint8Array,
  kind: ColumnKind,
  from: number,
  to: number,
  out: Float64Array,
  outAt: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const width = valueBytes(kind)
  for (let i = from; i < to; i++) {
    const at = i * width
    let v: number
    if (kind === 'double') v = view.getFloat64(at, true)
    else if (width === 4) v = view.getInt32(at, true)
    else v = view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
    out[outAt + i - from] = v
  }
}
