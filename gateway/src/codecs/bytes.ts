interface SliceMethods {
  latin1Slice(this: Uint8Array, from: number, to: number): string
  utf8Slice(this: Uint8Array, from: number, to: number): string
}
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as SliceMethods

/** `bytes[from, to)` as text of one character per byte. */
export const latin1 = (bytes: Uint8Array, from: number, to: number): string => latin1Slice.call(bytes, from, to)

/** `bytes[from, to)` read as UTF-8; malformed sequences become U+FFFD. */
export const utf8 = (bytes: Uint8Array, from: number, to: number): string => utf8Slice.call(bytes, from, to)

/** Whether two slices of the same length hold the same bytes. */
export function sameBytes(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aFrom + i] !== b[bFrom + i]) return false
  return true
}

const encoder = new TextEncoder()
/** The UTF-8 bytes of a text. */
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

let viewed: ArrayBufferLike | undefined
let view: DataView = new DataView(new ArrayBuffer(0))

/** A view of the whole buffer in which `bytes` lies; made anew only when the buffer is another than last time. */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes.buffer !== viewed) {
    viewed = bytes.buffer
    view = new DataView(viewed)
  }
  return view
}
