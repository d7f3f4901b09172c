import { SERIES_STATES } from './series-state.ts'

/**
 * What the command centre pushes four times a second to somebody who looks at the map: for each tile in view the rows that
 * changed. A section is made once per tile and tick and is the same for everybody. Binary, little-endian; sections begin at
 * multiples of 8 bytes and so do their columns. Runs in browsers and in Node. docs/formats/live-tick.md draws the bytes.
 *
 *   0  u32  magic "QLT1"      8  f64  platform time (epoch ms)
 *   4  u16  version, 1       16  u32  tick of the server that sends
 *   6  u16  sections         20  u32  number of the view that this answers
 *
 * and each section
 *
 *   0  u32  number of the tile         12  u32  rows
 *   4  u32  revision of its index      16  u32  the tick since which the rows changed; 0: all rows, a snapshot
 *   8  u8   level, 3 bytes zero        20  u32  bytes of the section
 *  24  columns, see {@link RollupColumns} and {@link SensorColumns}
 */
export const TICK_MAGIC = 0x31544c51
export const TICK_HEADER_BYTES = 24
export const SECTION_HEADER_BYTES = 24

/** How near somebody looks; the place is the level's number in frames. */
export const LEVELS = ['district', 'assets', 'sensors'] as const
export type Level = (typeof LEVELS)[number]

/** Many series as one row: a system in a place, or one asset. */
export interface RollupColumns {
  /** Place in the tile's index. */
  readonly row: Uint32Array
  /** How many series are in each state: eight numbers a row, by `SeriesState`. */
  readonly counts: Uint32Array
  /** `measuredAt` of the series that has been quiet longest, epoch ms; NaN when none has a value. Refreshed every few seconds. */
  readonly oldestAt: Float64Array
  /** The one figure that stands for the row, such as a street's speed over its free speed or a car park's free share; NaN when there is none. */
  readonly measure: Float32Array
  /** The most pressing `SeriesState` of its series. */
  readonly worst: Uint8Array
}

/** The newest reading of each series. */
export interface SensorColumns {
  readonly row: Uint32Array
  readonly value: Float64Array
  /** Epoch ms; NaN until there is a value. */
  readonly measuredAt: Float64Array
  readonly quality: Uint8Array
  /** `SeriesState` */
  readonly state: Uint8Array
}

interface SectionFacts {
  readonly tile: number
  readonly revision: number
  /**
   * 0: a snapshot. Else the tick of the section before it: a client whose newest section of this tile is older, or which holds
   * another revision, asks again. Counts for every tile that the client still looks at, whichever view the tick answers.
   */
  readonly since: number
  readonly rows: number
}
export type RollupSection = SectionFacts & { readonly level: 'district' | 'assets'; readonly columns: RollupColumns }
export type SensorSection = SectionFacts & { readonly level: 'sensors'; readonly columns: SensorColumns }
export type TickSection = RollupSection | SensorSection

export interface LiveTick {
  readonly platformAt: number
  readonly tick: number
  readonly view: number
  readonly sections: readonly TickSection[]
}

/** A row takes no less, at any level. */
const ROW_LEAST_BYTES = 22

const align8 = (n: number): number => (n + 7) & ~7

/** Where each column of a section begins, from the section's first byte. */
function layoutOf(level: Level, rows: number) {
  const row = SECTION_HEADER_BYTES
  const a = row + align8(rows * 4)
  if (level === 'sensors') {
    const measuredAt = a + rows * 8
    const quality = measuredAt + rows * 8
    const state = quality + align8(rows)
    return { row, a, b: measuredAt, c: quality, d: state, end: state + align8(rows) }
  }
  const oldestAt = a + rows * SERIES_STATES * 4
  const measure = oldestAt + rows * 8
  const worst = measure + align8(rows * 4)
  return { row, a, b: oldestAt, c: measure, d: worst, end: worst + align8(rows) }
}

/** Bytes of one section, to be sent to everybody who looks at its tile. */
export function encodeSection(section: TickSection): Uint8Array {
  const { level, rows } = section
  const at = layoutOf(level, rows)
  const out = new ArrayBuffer(at.end)
  const view = new DataView(out)
  view.setUint32(0, section.tile, true)
  view.setUint32(4, section.revision, true)
  view.setUint8(8, LEVELS.indexOf(level))
  view.setUint32(12, rows, true)
  view.setUint32(16, section.since, true)
  view.setUint32(20, at.end, true)
  new Uint32Array(out, at.row, rows).set(section.columns.row.subarray(0, rows))
  if (section.level === 'sensors') {
    const { value, measuredAt, quality, state } = section.columns
    new Float64Array(out, at.a, rows).set(value.subarray(0, rows))
    new Float64Array(out, at.b, rows).set(measuredAt.subarray(0, rows))
    new Uint8Array(out, at.c, rows).set(quality.subarray(0, rows))
    new Uint8Array(out, at.d, rows).set(state.subarray(0, rows))
  } else {
    const { counts, oldestAt, measure, worst } = section.columns
    new Uint32Array(out, at.a, rows * SERIES_STATES).set(counts.subarray(0, rows * SERIES_STATES))
    new Float64Array(out, at.b, rows).set(oldestAt.subarray(0, rows))
    new Float32Array(out, at.c, rows).set(measure.subarray(0, rows))
    new Uint8Array(out, at.d, rows).set(worst.subarray(0, rows))
  }
  return new Uint8Array(out)
}

type TickHead = Pick<LiveTick, 'platformAt' | 'tick' | 'view'>

/** One message out of sections that are ready. */
export function encodeTick(head: TickHead, sections: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(tickBytes(sections))
  writeTick(out, 0, head, sections)
  return out
}

/** How many bytes the message of these sections has. */
export function tickBytes(sections: readonly Uint8Array[]): number {
  let bytes = TICK_HEADER_BYTES
  for (const section of sections) bytes += section.length
  return bytes
}

/** Writes the message into `out` from `start` on. */
export function writeTick(out: Uint8Array, start: number, head: TickHead, sections: readonly Uint8Array[]): void {
  const view = new DataView(out.buffer, out.byteOffset + start, TICK_HEADER_BYTES)
  view.setUint32(0, TICK_MAGIC, true)
  view.setUint16(4, 1, true)
  view.setUint16(6, sections.length, true)
  view.setFloat64(8, head.platformAt, true)
  view.setUint32(16, head.tick, true)
  view.setUint32(20, head.view, true)
  let at = start + TICK_HEADER_BYTES
  for (const section of sections) {
    out.set(section, at)
    at += section.length
  }
}

/** Columns are views of `bytes`; `undefined` when it is not a whole tick of this version. */
export function decodeTick(bytes: ArrayBuffer): LiveTick | undefined {
  if (bytes.byteLength < TICK_HEADER_BYTES) return undefined
  const view = new DataView(bytes)
  if (view.getUint32(0, true) !== TICK_MAGIC || view.getUint16(4, true) !== 1) return undefined
  const sections: TickSection[] = []
  let at = TICK_HEADER_BYTES
  for (let left = view.getUint16(6, true); left > 0; left--) {
    const section = sectionAt(bytes, view, at)
    if (!section) return undefined
    sections.push(section)
    at += view.getUint32(at + 20, true)
  }
  if (at !== bytes.byteLength) return undefined
  return {
    platformAt: view.getFloat64(8, true),
    tick: view.getUint32(16, true),
    view: view.getUint32(20, true),
    sections,
  }
}

function sectionAt(bytes: ArrayBuffer, view: DataView, start: number): TickSection | undefined {
  if (start + SECTION_HEADER_BYTES > bytes.byteLength) return undefined
  const level = LEVELS[view.getUint8(start + 8)]
  const rows = view.getUint32(start + 12, true)
  if (!level || rows * ROW_LEAST_BYTES > bytes.byteLength) return undefined
  const at = layoutOf(level, rows)
  if (view.getUint32(start + 20, true) !== at.end || start + at.end > bytes.byteLength) return undefined
  const facts = {
    tile: view.getUint32(start, true),
    revision: view.getUint32(start + 4, true),
    since: view.getUint32(start + 16, true),
    rows,
  }
  const row = new Uint32Array(bytes, start + at.row, rows)
  if (level === 'sensors')
    return {
      ...facts,
      level,
      columns: {
        row,
        value: new Float64Array(bytes, start + at.a, rows),
        measuredAt: new Float64Array(bytes, start + at.b, rows),
        quality: new Uint8Array(bytes, start + at.c, rows),
        state: new Uint8Array(bytes, start + at.d, rows),
      },
    }
  return {
    ...facts,
    level,
    columns: {
      row,
      counts: new Uint32Array(bytes, start + at.a, rows * SERIES_STATES),
      oldestAt: new Float64Array(bytes, start + at.b, rows),
      measure: new Float32Array(bytes, start + at.c, rows),
      worst: new Uint8Array(bytes, start + at.d, rows),
    },
  }
}
