import { ByteSink, compress } from './bytes.ts'
import { encodeDelta } from './delta.ts'
import { Dictionary } from './dictionary.ts'
import { type ColumnKind, ENCODING, valueBytes } from './footer.ts'
import { encodeIndexes } from './hybrid.ts'
import { CONSTANT, DELTA, DICTIONARY, PLAIN, SPLIT } from './page-index.ts'

/** How one column chunk is written. `align`: bit widths of whole bytes, for zstd to work on. */
export interface Plan {
  readonly encoding: typeof DELTA | typeof DICTIONARY | typeof SPLIT | typeof PLAIN
  readonly align: boolean
  readonly zstd: boolean
}

/** Parquet's number of a plan's encoding. */
export const PARQUET_ENCODING = {
  [DELTA]: ENCODING.delta,
  [DICTIONARY]: ENCODING.dictionary,
  [CONSTANT]: ENCODING.dictionary,
  [SPLIT]: ENCODING.split,
  [PLAIN]: ENCODING.plain,
} as const

const WEIGH_EVERY = 8
const page = new ByteSink(1 << 17)

/** Encodes the columns of one row group after another; keeps its dictionary's memory. */
export class ColumnEncoder {
  readonly dictionary: Dictionary
  /** `dense` weighs the encodings against one another; otherwise the quickest is taken. */
  readonly #dense: boolean
  readonly #pageRows: number
  readonly #chosen: { plan: Plan; uses: number }[] = []

  constructor(groupRows: number, pageRows: number, dense: boolean) {
    this.dictionary = new Dictionary(groupRows, 1 << 15)
    this.#dense = dense
    this.#pageRows = pageRows
  }

  /**
   * The plan for the first `rows` values of column `c`; the dictionary is built where the plan uses it. Encodings are
   * weighed on a sample now and then, since neighbouring row groups are alike.
   */
  plan(c: number, kind: ColumnKind, values: Float64Array, rows: number): Plan {
    const candidates = this.#candidates(kind, values, rows)
    const before = this.#chosen[c]
    const again = before && before.uses++ % WEIGH_EVERY !== 0 ? candidates.find((p) => same(p, before.plan)) : undefined
    if (again) return again
    const plan = candidates.length === 1 ? (candidates[0] as Plan) : this.#weigh(candidates, kind, values, rows)
    this.#chosen[c] = { plan, uses: 1 }
    return plan
  }

  #weigh(candidates: readonly Plan[], kind: ColumnKind, values: Float64Array, rows: number): Plan {
    let best = candidates[0] as Plan
    let least = Number.POSITIVE_INFINITY
    const sample = Math.min(rows, this.#pageRows)
    for (const candidate of candidates) {
      const { stored } = this.encodePage(candidate, kind, values, 0, sample)
      const size = stored.length + this.#dictionaryShare(candidate, sample, rows)
      if (size < least * 0.98) {
        least = size
        best = candidate
      }
    }
    return best
  }

  #candidates(kind: ColumnKind, values: Float64Array, rows: number): Plan[] {
    const tightDelta: Plan = { encoding: DELTA, align: false, zstd: false }
    const packedDelta: Plan = { encoding: DELTA, align: true, zstd: true }
    if (kind === 'time') return this.#dense ? [tightDelta, packedDelta] : [tightDelta]
    if (kind === 'long' && !this.#dense) return [tightDelta]
    const few = this.dictionary.build(values, rows)
    const tight: Plan = { encoding: DICTIONARY, align: false, zstd: false }
    if (few && (this.dictionary.size === 1 || !this.#dense)) return [tight]
    const packed: Plan = { encoding: DICTIONARY, align: true, zstd: true }
    const dictionaries = few ? [tight, packed] : []
    if (kind !== 'double') return this.#dense ? [...dictionaries, tightDelta, packedDelta] : [tightDelta]
    if (!this.#dense) return [{ encoding: PLAIN, align: false, zstd: false }]
    const split: Plan = { encoding: SPLIT, align: false, zstd: true }
    return [...dictionaries, split]
  }

  /** What the dictionary costs per sample, before compression. */
  #dictionaryShare(plan: Plan, sample: number, rows: number): number {
    return plan.encoding === DICTIONARY ? (this.dictionary.size * 8 * sample) / rows : 0
  }

  /** The body of one data page of `values[from, to)`, and its size before compression. Valid until the next call. */
  encodePage(
    plan: Plan,
    kind: ColumnKind,
    values: Float64Array,
    from: number,
    to: number,
  ): { stored: Uint8Array; raw: number } {
    page.length = 0
    if (plan.encoding === DELTA) encodeDelta(page, values, from, to, plan.align)
    else if (plan.encoding === DICTIONARY) encodeIndexes(page, this.dictionary.indexes, from, to, this.#width(plan))
    else if (plan.encoding === SPLIT) encodeSplit(page, values, from, to)
    else encodePlain(page, kind, values, from, to)
    return finish(plan.zstd)
  }

  encodeDictionary(plan: Plan, kind: ColumnKind): { stored: Uint8Array; raw: number } {
    page.length = 0
    encodePlain(page, kind, this.dictionary.values, 0, this.dictionary.size)
    return finish(plan.zstd)
  }

  #width(plan: Plan): number {
    const width = Math.max(1, 32 - Math.clz32(this.dictionary.size - 1))
    return plan.align ? (width + 7) & ~7 : width
  }
}

const same = (a: Plan, b: Plan): boolean => a.encoding === b.encoding && a.align === b.align && a.zstd === b.zstd

function finish(zstd: boolean): { stored: Uint8Array; raw: number } {
  const raw = page.written()
  return { stored: zstd ? compress(raw) : raw, raw: raw.length }
}

export function encodePlain(out: ByteSink, kind: ColumnKind, values: Float64Array, from: number, to: number): void {
  const width = valueBytes(kind)
  out.reserve((to - from) * width)
  for (let i = from; i < to; i++) {
    const v = values[i] as number
    if (kind === 'double') out.view.setFloat64(out.length, v, true)
    else {
      out.view.setInt32(out.length, (v % 2 ** 32) | 0, true)
      if (width === 8) out.view.setInt32(out.length + 4, Math.floor(v / 2 ** 32), true)
    }
    out.length += width
  }
}

/** BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, and so on. */
function encodeSplit(out: ByteSink, values: Float64Array, from: number, to: number): void {
  const n = to - from
  out.reserve(n * 8)
  const bytes = new Uint8Array(values.buffer, values.byteOffset + from * 8, n * 8)
  for (let b = 0; b < 8; b++) {
    let at = out.length + b * n
    for (let i = b; i < n * 8; i += 8) out.bytes[at++] = bytes[i] as number
  }
  out.length += n * 8
}
