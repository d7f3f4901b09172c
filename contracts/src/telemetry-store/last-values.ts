import { doubled } from './series-table.ts'

/** Changes are noted for blocks of this many series. */
const BLOCK_BITS = 10

export interface LastColumns {
  readonly measuredAt: Float64Array<ArrayBuffer>
  readonly receivedAt: Float64Array<ArrayBuffer>
  readonly value: Float64Array<ArrayBuffer>
  readonly quality: Uint8Array<ArrayBuffer>
}

/**
 * The newest reading of every series by ordinal; a value of NaN is none. Whoever writes a place must call `touch`.
 */
export class LastValues implements LastColumns {
  measuredAt = new Float64Array(1024)
  receivedAt = new Float64Array(1024)
  value = new Float64Array(1024).fill(Number.NaN)
  quality = new Uint8Array(1024)
  /** By block of 1,024 series: the number of the last snapshot before its latest change, plus one. */
  #changedAt = new Uint32Array(1024)
  #taken = 0
  #copies: [Copy | undefined, Copy | undefined] = [undefined, undefined]

  /** Makes room for `size` series. */
  ensure(size: number): void {
    while (this.value.length < size) {
      const before = this.value.length
      this.measuredAt = doubled(this.measuredAt)
      this.receivedAt = doubled(this.receivedAt)
      this.value = doubled(this.value).fill(Number.NaN, before)
      this.quality = doubled(this.quality)
    }
    while (this.#changedAt.length << BLOCK_BITS < size) this.#changedAt = doubled(this.#changedAt)
  }

  touch(ordinal: number): void {
    this.#changedAt[ordinal >>> BLOCK_BITS] = this.#taken + 1
  }

  /**
   * A copy of the first `size` places. Its memory is used again by the call after the next one: fresh memory for
   * 650,000 series costs four times as much as the copy itself. Only blocks that changed are copied.
   */
  snapshot(size: number): LastColumns {
    const turn = this.#taken % 2
    let copy = this.#copies[turn]
    if (!copy || copy.size !== size) {
      copy = {
        size,
        takenAt: 0,
        measuredAt: new Float64Array(size),
        receivedAt: new Float64Array(size),
        value: new Float64Array(size),
        quality: new Uint8Array(size),
      }
      this.#copies[turn] = copy
    }
    for (let from = 0; from < size; from += 1 << BLOCK_BITS) {
      if (copy.takenAt > 0 && (this.#changedAt[from >>> BLOCK_BITS] as number) < copy.takenAt) continue
      const to = Math.min(size, from + (1 << BLOCK_BITS))
      copy.measuredAt.set(this.measuredAt.subarray(from, to), from)
      copy.receivedAt.set(this.receivedAt.subarray(from, to), from)
      copy.value.set(this.value.subarray(from, to), from)
      copy.quality.set(this.quality.subarray(from, to), from)
    }
    copy.takenAt = ++this.#taken + 1
    const { measuredAt, receivedAt, value, quality } = copy
    return { measuredAt, receivedAt, value, quality }
  }

  load(columns: LastColumns): void {
    this.ensure(columns.value.length)
    this.measuredAt.set(columns.measuredAt)
    this.receivedAt.set(columns.receivedAt)
    this.value.set(columns.value)
    this.quality.set(columns.quality)
    this.#changedAt.fill(this.#taken + 1)
  }
}

interface Copy extends LastColumns {
  readonly size: number
  takenAt: number
}

const MAGIC = 0x31564c51

/** The file of the last values: u32 magic and length, then the columns. */
export function encodeLast(last: LastColumns, size: number): Uint8Array {
  const out = new Uint8Array(8 + size * 25)
  new Uint32Array(out.buffer, 0, 2).set([MAGIC, size])
  const f64 = new Float64Array(out.buffer, 8, size * 3)
  f64.set(last.measuredAt.subarray(0, size), 0)
  f64.set(last.receivedAt.subarray(0, size), size)
  f64.set(last.value.subarray(0, size), size * 2)
  out.set(last.quality.subarray(0, size), 8 + size * 24)
  return out
}

/** The inverse; `undefined` when the bytes are no such file. */
export function decodeLast(bytes: Uint8Array): LastColumns | undefined {
  const copy = new Uint8Array(bytes)
  if (copy.length < 8) return undefined
  const [magic, size = 0] = new Uint32Array(copy.buffer, 0, 2)
  if (magic !== MAGIC || copy.length !== 8 + size * 25) return undefined
  return {
    measuredAt: new Float64Array(copy.buffer, 8, size),
    receivedAt: new Float64Array(copy.buffer, 8 + size * 8, size),
    value: new Float64Array(copy.buffer, 8 + size * 16, size),
    quality: new Uint8Array(copy.buffer, 8 + size * 24, size),
  }
}
