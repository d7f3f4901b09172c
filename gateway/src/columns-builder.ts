import { createColumns, type ReadingColumns } from '@quartier/contracts'

/** Columns of one partition that grow as needed and are filled again after every commit. */
export class ColumnsBuilder {
  columns: ReadingColumns
  capacity: number

  constructor(capacity = 2048) {
    this.capacity = capacity
    this.columns = createColumns(capacity)
  }

  add(lo: number, hi: number, measuredAt: number, receivedAt: number, value: number, quality: number): void {
    let c = this.columns
    if (c.length === this.capacity) c = this.#grow()
    const row = c.length++
    c.seriesLo[row] = lo
    c.seriesHi[row] = hi
    c.measuredAt[row] = measuredAt
    c.receivedAt[row] = receivedAt
    c.value[row] = value
    c.quality[row] = quality
  }

  /** Takes back the rows from `length` on. */
  cut(length: number): void {
    this.columns.length = length
  }

  #grow(): ReadingColumns {
    const old = this.columns
    this.capacity *= 2
    const c = createColumns(this.capacity)
    c.length = old.length
    c.seriesLo.set(old.seriesLo)
    c.seriesHi.set(old.seriesHi)
    c.measuredAt.set(old.measuredAt)
    c.receivedAt.set(old.receivedAt)
    c.value.set(old.value)
    c.quality.set(old.quality)
    this.columns = c
    return c
  }
}
