/**
 * Distinct values of one column of a row group, in order of appearance, told apart by their bits. Kept for reuse: the
 * table is cleared, not made anew.
 */
export class Dictionary {
  readonly values: Float64Array
  /** Place of each row's value in `values`. */
  readonly indexes: Uint32Array
  size = 0
  #limit: number
  #slots: Uint32Array
  #bits: Uint32Array

  constructor(rows: number, limit: number) {
    this.#limit = limit
    this.values = new Float64Array(limit + 1)
    this.#bits = new Uint32Array(this.values.buffer)
    this.indexes = new Uint32Array(rows)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(limit * 2)))
  }

  /** Builds the dictionary of the first `rows` values; `false` when there are too many distinct ones for it to pay. */
  build(column: Float64Array, rows: number): boolean {
    if (this.#buildConstant(column, rows)) return true
    const limit = Math.min(this.#limit, Math.max(16, rows >>> 1))
    const bits = this.#bits
    const slots = this.#slots
    const mask = slots.length - 1
    const words = new Uint32Array(column.buffer, column.byteOffset, rows * 2)
    slots.fill(0)
    let size = 0
    for (let i = 0; i < rows; i++) {
      const lo = words[2 * i] as number
      const hi = words[2 * i + 1] as number
      let h = Math.imul(lo ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b)
      h ^= h >>> 15
      let slot = h & mask
      for (;;) {
        const k = slots[slot] as number
        if (k === 0) {
          if (size === limit) return false
          bits[2 * size] = lo
          bits[2 * size + 1] = hi
          this.indexes[i] = size
          slots[slot] = ++size
          break
        }
        if (bits[2 * k - 2] === lo && bits[2 * k - 1] === hi) {
          this.indexes[i] = k - 1
          break
        }
        slot = (slot + 1) & mask
      }
    }
    this.size = size
    return true
  }

  /** Most columns of quality hold one value. */
  #buildConstant(column: Float64Array, rows: number): boolean {
    const first = column[0] as number
    for (let i = 1; i < rows; i++) if (!Object.is(column[i], first)) return false
    this.values[0] = first
    this.indexes.fill(0, 0, rows)
    this.size = 1
    return true
  }
}
