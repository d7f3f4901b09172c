import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { QUALITY_LEVEL } from '../../readings/quality.ts'
import { ROLLUP_TIERS, type RollupTier, TIER_MS } from '../layout.ts'
import type { Partial } from '../rollup.ts'
import { doubled } from '../series-table.ts'

/** State is kept and written in blocks of this many series. */
export const STATE_BLOCK = 256
const LAST_BYTES = 25
const TIER_BYTES = 32
const SERIES_BYTES = LAST_BYTES + 2 * TIER_BYTES

/**
 * The open window of each series in one tier: the one that holds its newest reading, so that `last` need not be kept.
 * A count of 0 is no window.
 */
class OpenWindows {
  count = new Uint32Array(1024)
  notGood = new Uint32Array(1024)
  sum = new Float64Array(1024)
  min = new Float64Array(1024)
  max = new Float64Array(1024)

  grow(): void {
    this.count = doubled(this.count)
    this.notGood = doubled(this.notGood)
    this.sum = doubled(this.sum)
    this.min = doubled(this.min)
    this.max = doubled(this.max)
  }

  add(o: number, value: number, quality: number): void {
    if (this.count[o] === 0) {
      this.sum[o] = this.min[o] = this.max[o] = value
      this.notGood[o] = 0
    } else {
      this.sum[o] = (this.sum[o] as number) + value
      if (value < (this.min[o] as number)) this.min[o] = value
      if (value > (this.max[o] as number)) this.max[o] = value
    }
    this.count[o] = (this.count[o] as number) + 1
    if ((quality & QUALITY_LEVEL) !== 0) this.notGood[o] = (this.notGood[o] as number) + 1
  }

  set(o: number, p: Partial): void {
    this.count[o] = p.count
    this.notGood[o] = p.notGood
    this.sum[o] = p.sum
    this.min[o] = p.min
    this.max[o] = p.max
  }
}

/** What is known in memory of every series by ordinal: its newest reading and its open windows. */
export class SeriesState {
  /** −∞ where there is no reading. */
  measuredAt = new Float64Array(1024).fill(Number.NEGATIVE_INFINITY)
  receivedAt = new Float64Array(1024)
  /** NaN where there is no reading. */
  value = new Float64Array(1024).fill(Number.NaN)
  quality = new Uint8Array(1024)
  readonly open: Readonly<Record<RollupTier, OpenWindows>> = { minute: new OpenWindows(), hour: new OpenWindows() }
  /** By block: has it changed since it was written? */
  changed = new Uint8Array(1024)

  ensure(size: number): void {
    while (this.value.length < size) {
      const before = this.value.length
      this.measuredAt = doubled(this.measuredAt).fill(Number.NEGATIVE_INFINITY, before)
      this.receivedAt = doubled(this.receivedAt)
      this.value = doubled(this.value).fill(Number.NaN, before)
      this.quality = doubled(this.quality)
      for (const tier of ROLLUP_TIERS) this.open[tier].grow()
    }
    while (this.changed.length * STATE_BLOCK < size) this.changed = doubled(this.changed)
  }

  setLast(o: number, at: number, received: number, value: number, quality: number): void {
    this.measuredAt[o] = at
    this.receivedAt[o] = received
    this.value[o] = value
    this.quality[o] = quality
    this.changed[(o / STATE_BLOCK) | 0] = 1
  }

  /** Start of the open window of a series; NaN when it has none. */
  windowAt(tier: RollupTier, o: number): number {
    const step = TIER_MS[tier]
    return this.open[tier].count[o] === 0 ? Number.NaN : Math.floor((this.measuredAt[o] as number) / step) * step
  }

  openWindow(tier: RollupTier, o: number): Partial {
    const w = this.open[tier]
    return {
      count: w.count[o] as number,
      sum: w.sum[o] as number,
      min: w.min[o] as number,
      max: w.max[o] as number,
      last: this.value[o] as number,
      lastAt: this.measuredAt[o] as number,
      notGood: w.notGood[o] as number,
    }
  }

  setOpen(tier: RollupTier, o: number, p: Partial): void {
    this.open[tier].set(o, p)
    this.changed[(o / STATE_BLOCK) | 0] = 1
  }

  encodeBlock(block: number): string {
    const bytes = new Uint8Array(STATE_BLOCK * SERIES_BYTES)
    this.#pass(block, bytes, (own, held) => held.set(own))
    return deflateRawSync(bytes, { level: 1 }).toString('base64')
  }

  restoreBlock(block: number, text: string): void {
    this.ensure((block + 1) * STATE_BLOCK)
    const bytes = new Uint8Array(inflateRawSync(Buffer.from(text, 'base64')))
    this.#pass(block, bytes, (own, held) => own.set(held))
  }

  /** Goes through the columns of a block, 8-byte ones first, side by side with their places in `bytes`. */
  #pass(block: number, bytes: Uint8Array<ArrayBuffer>, each: (own: Uint8Array, held: Uint8Array) => void): void {
    const { minute, hour } = this.open
    const columns = [this.measuredAt, this.receivedAt, this.value]
      .concat([minute.sum, minute.min, minute.max, hour.sum, hour.min, hour.max])
      .map((c) => new Uint8Array(c.buffer, block * STATE_BLOCK * 8, STATE_BLOCK * 8))
    for (const c of [minute.count, minute.notGood, hour.count, hour.notGood])
      columns.push(new Uint8Array(c.buffer, block * STATE_BLOCK * 4, STATE_BLOCK * 4))
    columns.push(this.quality.subarray(block * STATE_BLOCK, (block + 1) * STATE_BLOCK))
    let at = 0
    for (const column of columns) {
      each(column, bytes.subarray(at, at + column.length))
      at += column.length
    }
  }
}
