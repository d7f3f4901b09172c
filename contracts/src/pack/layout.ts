/**
 * The binary pack of gateways: many readings in one MQTT message, in columns. docs/formats/pack.md is the
 * description; here are its numbers. All of it is little-endian and every column begins at a multiple of 8 bytes.
 */
export const PACK_MAGIC = 0x314b5051
export const PACK_VERSION = 1
export const PACK_HEADER = 32
export const PACK_MAX_ROWS = 5_000
export const PACK_MAX_DECIMALS = 18

/** Flags: how series are named and which columns are left out. */
export const PACK_IDS = 1
export const PACK_QUALITY = 2
export const PACK_SAME_TIME = 4
export const PACK_ROW_IS_SERIES = 8
export const PACK_FLAGS = 15

/** Kinds of values. */
export const PACK_F64 = 0
export const PACK_F32 = 1
export const PACK_I32 = 2

/** Milliseconds in one step of the time column, by the header's time unit. */
export const PACK_TIME_STEPS: readonly number[] = [1, 1_000]

export interface PackLayout {
  /** Where each column begins; a column that is left out has the place of the next. */
  readonly names: number
  readonly index: number
  readonly time: number
  readonly value: number
  readonly quality: number
  readonly end: number
}

/** The places of the columns of a pack with these counts; `nameBytes` is 0 in a pack of ids. */
export function packLayout(series: number, nameBytes: number, rows: number, flags: number, kind: number): PackLayout {
  const names = PACK_HEADER + align8(series * (flags & PACK_IDS ? 8 : 4))
  const index = names + align8(nameBytes)
  const time = index + (flags & PACK_ROW_IS_SERIES ? 0 : align8(rows * 2))
  const value = time + (flags & PACK_SAME_TIME ? 0 : align8(rows * 4))
  const quality = value + align8(rows * (kind === PACK_F64 ? 8 : 4))
  return { names, index, time, value, quality, end: quality + (flags & PACK_QUALITY ? align8(rows) : 0) }
}

const align8 = (n: number): number => (n + 7) & ~7
