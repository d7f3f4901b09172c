/** Where in a pasted message something is wrong. */
export interface FaultPlace {
  /** From 1 on. */
  readonly line: number
  readonly column: number
  /** Where it stands in the text, in UTF-16 units. */
  readonly index: number
  /** A piece of the line, cut before the place and behind it. */
  readonly before: string
  readonly at: string
  readonly after: string
}

const AROUND = 24

/** The place that the words of a gateway name (`… at byte 17`), in the text whose UTF-8 it counts; undefined: none. */
export function faultPlace(detail: string, text: string): FaultPlace | undefined {
  const byte = /at byte (\d+)$/.exec(detail)?.[1]
  if (byte === undefined) return undefined
  const index = indexOfByte(text, Number(byte))
  const lineFrom = text.lastIndexOf('\n', index - 1) + 1
  const end = text.indexOf('\n', index)
  const lineTo = end < 0 ? text.length : end
  return {
    line: text.slice(0, lineFrom).split('\n').length,
    column: index - lineFrom + 1,
    index,
    before: text.slice(Math.max(lineFrom, index - AROUND), index),
    at: text.slice(index, Math.min(lineTo, index + 1)),
    after: text.slice(index + 1, Math.min(lineTo, index + AROUND)),
  }
}

function indexOfByte(text: string, byte: number): number {
  const bytes = new TextEncoder().encode(text)
  return new TextDecoder().decode(bytes.subarray(0, byte)).length
}
