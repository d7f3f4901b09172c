import { hashed, hashText } from './id.ts'

/** The parts of a series key `source/device/property`; the device may itself contain `/`. */
export interface SeriesKeyParts {
  readonly source: string
  readonly device: string
  readonly property: string
}

/** Joins the parts; the source and the property contain no `/`. */
export const seriesKey = (p: SeriesKeyParts): string => `${p.source}/${p.device}/${p.property}`

/** Splits at the first and the last `/`; `undefined` unless all three parts are there and not empty. */
export function parseSeriesKey(key: string): SeriesKeyParts | undefined {
  const first = key.indexOf('/')
  const last = key.lastIndexOf('/')
  if (first <= 0 || last <= first + 1 || last === key.length - 1) return undefined
  return { source: key.slice(0, first), device: key.slice(first + 1, last), property: key.slice(last + 1) }
}

/** Devices are spread over this many fixed slots; partitions and servers map onto slots, never onto devices. */
export const SLOTS = 256

/** The slot of a device, 0..255, from the id hash of `source/device`. Never changes. */
export function slotOf(source: string, device: string): number {
  hashText(`${source}/${device}`)
  return hashed.lo & 0xff
}

/** The partition of a slot when a topic has `partitions` of them: contiguous ranges of slots. */
export const partitionOfSlot = (slot: number, partitions: number): number => Math.floor((slot * partitions) / SLOTS)
