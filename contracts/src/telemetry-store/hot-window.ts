import { NO_LINK } from './last-values.ts'
import type { Gathered } from './parquet/gathered.ts'

/**
 * Readings in memory, in log order, 32 bytes each in shared memory, so that the worker that writes them to a file reads
 * them where they are:
 *
 *   0 f64 measuredAt   16 i32 delay (receivedAt - measuredAt)   24 u32 series ordinal
 *   8 f64 value        20 u32 link to the series' row before    28 u8 quality, 29 u8 unit of the delay
 *
 * A delay beyond ±24 days is kept in seconds. Links hold the window's number (its low 8 bits) above 24 bits of row; a
 * reader checks the ordinal of the row a link names, so that an outdated link ends a walk and never misleads it.
 */
export const ROW_BYTES = 32
/** In the quality byte of a row here: not newer than all other rows of its series, so older files must be asked. */
export const LATE = 1 << 7
export const MAX_ROWS = 1 << 24
/** Delays up to this many ms are kept as they are. */
export const MAX_DELAY = 0x7fffffff
const ROW_MASK = MAX_ROWS - 1

/** The views of a window's memory, for either thread. */
export interface WindowViews {
  readonly f64: Float64Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly u8: Uint8Array
}

export function viewsOf(memory: SharedArrayBuffer): WindowViews {
  return {
    f64: new Float64Array(memory),
    i32: new Int32Array(memory),
    u32: new Uint32Array(memory),
    u8: new Uint8Array(memory),
  }
}

/** Milliseconds from measuredAt to receivedAt of a row. */
export function delayOf(views: WindowViews, row: number): number {
  const delay = views.i32[row * 8 + 4] as number
  return views.u8[row * 32 + 29] === 1 ? delay * 1000 : delay
}

export class HotWindow {
  memory: SharedArrayBuffer
  views: WindowViews
  rows = 0
  /** Rows with the LATE mark. */
  late = 0
  epoch = 0
  /** Span of measuredAt. */
  minAt = Number.POSITIVE_INFINITY
  maxAt = Number.NEGATIVE_INFINITY

  constructor(capacity: number) {
    this.memory = new SharedArrayBuffer(capacity * ROW_BYTES)
    this.views = viewsOf(this.memory)
  }

  get capacity(): number {
    return this.memory.byteLength / ROW_BYTES
  }

  /** Empties the window and gives it a new number. */
  reset(epoch: number, atLeast: number): void {
    this.rows = 0
    this.late = 0
    this.minAt = Number.POSITIVE_INFINITY
    this.maxAt = Number.NEGATIVE_INFINITY
    this.epoch = epoch & 255
    if (atLeast <= this.capacity) return
    this.memory = new SharedArrayBuffer(Math.min(MAX_ROWS, atLeast) * ROW_BYTES)
    this.views = viewsOf(this.memory)
  }

  /** What a link to a row of this window holds beside the row. */
  get linkBase(): number {
    return (this.epoch << 24) >>> 0
  }

  /** Widens the span of times. */
  note(minAt: number, maxAt: number): void {
    if (minAt < this.minAt) this.minAt = minAt
    if (maxAt > this.maxAt) this.maxAt = maxAt
  }

  /** Appends a row and returns the link to it. The caller has made sure that there is room. */
  append(
    ordinal: number,
    measuredAt: number,
    receivedAt: number,
    value: number,
    quality: number,
    link: number,
  ): number {
    const { f64, i32, u32, u8 } = this.views
    const row = this.rows++
    const delay = receivedAt - measuredAt
    const near = delay <= MAX_DELAY && delay >= -MAX_DELAY
    f64[row * 4] = measuredAt
    f64[row * 4 + 1] = value
    i32[row * 8 + 4] = near ? delay : Math.round(delay / 1000)
    u32[row * 8 + 5] = link
    u32[row * 8 + 6] = ordinal
    u8[row * 32 + 28] = quality
    u8[row * 32 + 29] = near ? 0 : 1
    if (quality & LATE) this.late++
    this.note(measuredAt, measuredAt)
    return this.linkBase + row
  }
}

/** The rows of one series, as its links lead from the newest to the oldest; rows as numbers in `windows`. */
export class ChainWalk {
  readonly rows: number[] = []
  readonly of: HotWindow[] = []

  /** Follows the links from `head` through the windows that are alive. */
  collect(head: number, ordinal: number, windows: readonly HotWindow[]): void {
    this.rows.length = 0
    this.of.length = 0
    let link = head
    let window: HotWindow | undefined
    let before = 0
    while (link !== NO_LINK) {
      const row = link & ROW_MASK
      const epoch = link >>> 24
      if (window?.epoch !== epoch) {
        const next = windows.find((w) => w.epoch === epoch && w !== window)
        if (!next || this.of.includes(next)) return
        window = next
        before = window.rows
      }
      if (row >= before || window.views.u32[row * 8 + 6] !== ordinal) return
      this.rows.push(row)
      this.of.push(window)
      before = row
      link = window.views.u32[row * 8 + 5] as number
    }
  }

  /** Adds the rows in `[from, to)`, in log order, as runs of series number `series`; returns whether any is LATE. */
  addTo(out: Gathered, series: number, from: number, to: number): boolean {
    let late = false
    for (let i = this.rows.length - 1; i >= 0; i--) {
      const { f64, u8 } = (this.of[i] as HotWindow).views
      const row = this.rows[i] as number
      const at = f64[row * 4] as number
      if (at < from || at >= to) continue
      const place = out.rows
      out.addRun(series, 1)
      const [times, values, qualities, delays] = out.columns as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array?,
      ]
      const quality = u8[row * 32 + 28] as number
      times[place] = at
      values[place] = f64[row * 4 + 1] as number
      qualities[place] = quality & ~LATE
      if (delays) delays[place] = delayOf((this.of[i] as HotWindow).views, row)
      if (quality & LATE) late = true
    }
    return late
  }
}
