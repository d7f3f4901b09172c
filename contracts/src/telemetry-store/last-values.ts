import { doubled } from './tables.ts'

/** Changes are noted for blocks of this many series. */
export const BLOCK_BITS = 10

/** No row: the end of a series' chain. */
export const NO_LINK = 0xffffffff

export interface LastColumns {
  readonly measuredAt: Float64Array<ArrayBuffer>
  readonly receivedAt: Float64Array<ArrayBuffer>
  readonly value: Float64Array<ArrayBuffer>
  readonly quality: Uint8Array<ArrayBuffer>
}

/**
 * What is known of each series by ordinal, 32 bytes a series, so that a reading finds all of it in one cache line:
 *
 *    0 f64 measuredAt of its newest reading    24 u8  its quality, u8 unused, u16 place of the series' source
 *    8 f64 receivedAt                          28 u32 link to its newest row in memory
 *   16 f64 value; NaN: no reading yet
 *
 * Whoever changes a series sets its block's entry in `changedAt` to `now`.
 */
export class LastValues {
  f64 = new Float64Array(0)
  u32 = new Uint32Array(0)
  i32 = new Int32Array(0)
  u16 = new Uint16Array(0)
  u8 = new Uint8Array(0)
  /** By block of 1,024 series: the number of the last snapshot before its latest change, plus one. */
  changedAt = new Uint32Array(1024)
  #capacity = 0
  #taken = 0
  #copies: [Copy | undefined, Copy | undefined] = [undefined, undefined]

  get now(): number {
    return this.#taken + 1
  }

  /** Makes room for `size` series. */
  ensure(size: number): void {
    if (size > this.#capacity) this.#grow(Math.max(1024, size, this.#capacity * 2))
    while (this.changedAt.length << BLOCK_BITS < size) this.changedAt = doubled(this.changedAt)
  }

  measuredAt(ordinal: number): number {
    return this.f64[ordinal * 4] as number
  }

  value(ordinal: number): number {
    return this.f64[ordinal * 4 + 2] as number
  }

  set(ordinal: number, measuredAt: number, receivedAt: number, value: number, quality: number): void {
    const { f64, u8 } = this
    f64[ordinal * 4] = measuredAt
    f64[ordinal * 4 + 1] = receivedAt
    f64[ordinal * 4 + 2] = value
    u8[ordinal * 32 + 24] = quality
    this.changedAt[ordinal >>> BLOCK_BITS] = this.now
  }

  /** Copies series `[from, to)` to the same places of `out`. */
  copy(from: number, to: number, out: LastColumns, at = from): void {
    const { f64, u8 } = this
    const { measuredAt, receivedAt, value, quality } = out
    for (let o = from, k = at; o < to; o++, k++) {
      measuredAt[k] = f64[o * 4] as number
      receivedAt[k] = f64[o * 4 + 1] as number
      value[k] = f64[o * 4 + 2] as number
      quality[k] = u8[o * 32 + 24] as number
    }
  }

  /**
   * A copy of the first `size` places. Its memory is used again by the call after the next one: fresh memory for
   * 650,000 series costs four times as much as the copy itself. Only blocks that changed are copied.
   */
  snapshot(size: number): LastColumns {
    const turn = this.#taken % 2
    let copy = this.#copies[turn]
    if (!copy || copy.size !== size) {
      copy = { size, takenAt: 0, columns: emptyColumns(size) }
      this.#copies[turn] = copy
    }
    for (let from = 0; from < size; from += 1 << BLOCK_BITS) {
      if (copy.takenAt > 0 && (this.changedAt[from >>> BLOCK_BITS] as number) < copy.takenAt) continue
      this.copy(from, Math.min(size, from + (1 << BLOCK_BITS)), copy.columns)
    }
    copy.takenAt = ++this.#taken + 1
    return { ...copy.columns }
  }

  load(columns: LastColumns): void {
    const { length } = columns.value
    this.ensure(length)
    for (let o = 0; o < length; o++) {
      const [at, received] = [columns.measuredAt[o] as number, columns.receivedAt[o] as number]
      this.set(o, at, received, columns.value[o] as number, columns.quality[o] as number)
    }
  }

  #grow(capacity: number): void {
    const before = this.#capacity
    const bytes = new Uint8Array(capacity * 32)
    bytes.set(this.u8)
    this.u8 = bytes
    this.f64 = new Float64Array(bytes.buffer)
    this.u32 = new Uint32Array(bytes.buffer)
    this.i32 = new Int32Array(bytes.buffer)
    this.u16 = new Uint16Array(bytes.buffer)
    this.#capacity = capacity
    for (let o = before; o < capacity; o++) {
      this.f64[o * 4 + 2] = Number.NaN
      this.u32[o * 8 + 7] = NO_LINK
    }
  }
}

interface Copy {
  readonly size: number
  readonly columns: LastColumns
  takenAt: number
}

export const emptyColumns = (size: number): LastColumns => ({
  measuredAt: new Float64Array(size),
  receivedAt: new Float64Array(size),
  value: new Float64Array(size).fill(Number.NaN),
  quality: new Uint8Array(size),
})

const MAGIC = 0x31564c51

/** The file of the last values: u32 magic and length, then the columns. */
export function encodeLast(last: LastValues, size: number): Uint8Array {
  const out = new Uint8Array(8 + size * 25)
  new Uint32Array(out.buffer, 0, 2).set([MAGIC, size])
  last.copy(0, size, columnsIn(out.buffer, size))
  return out
}

/** The inverse; `undefined` when the bytes are no such file. */
export function decodeLast(bytes: Uint8Array): LastColumns | undefined {
  const copy = new Uint8Array(bytes)
  if (copy.length < 8) return undefined
  const [magic, size = 0] = new Uint32Array(copy.buffer, 0, 2)
  if (magic !== MAGIC || copy.length !== 8 + size * 25) return undefined
  return columnsIn(copy.buffer, size)
}

const columnsIn = (buffer: ArrayBuffer, size: number): LastColumns => ({
  measuredAt: new Float64Array(buffer, 8, size),
  receivedAt: new Float64Array(buffer, 8 + size * 8, size),
  value: new Float64Array(buffer, 8 + size * 16, size),
  quality: new Uint8Array(buffer, 8 + size * 24, size),
})
