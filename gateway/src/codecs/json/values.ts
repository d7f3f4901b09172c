import { fail } from '../fault.ts'
import { scanNumber } from './number.ts'
import { scanString, scanWord, skipValue, stringMarks } from './text.ts'

export { BIG_INTEGER, NUMBER, OUT_OF_RANGE } from './number.ts'
/** `value` is 1 or 0. */
export const BOOLEAN = 4
export const NULL = 5
/** `from..to` are the bytes between the quotes. */
export const TEXT = 6
/** An array or an object; `from..to` is all of it. */
export const NESTED = 7

/** JSON values as places in the payload, in columns; kind 0: none. */
export class Values {
  kind: Uint8Array
  value: Float64Array
  from: Int32Array
  to: Int32Array
  marks: Uint8Array

  constructor(room: number) {
    this.kind = new Uint8Array(room)
    this.value = new Float64Array(room)
    this.from = new Int32Array(room)
    this.to = new Int32Array(room)
    this.marks = new Uint8Array(room)
  }

  grow(room: number): void {
    this.kind = longer(this.kind, new Uint8Array(room))
    this.value = longer(this.value, new Float64Array(room))
    this.from = longer(this.from, new Int32Array(room))
    this.to = longer(this.to, new Int32Array(room))
    this.marks = longer(this.marks, new Uint8Array(room))
  }
}

export function longer<T extends Int32Array | Uint8Array | Float64Array>(old: T, fresh: T): T {
  fresh.set(old)
  return fresh
}

/** Reads the value at `b[i]` into row `n`. Returns where it ends, or -1 with the fault noted. */
export function scanValue(b: Uint8Array, i: number, to: number, v: Values, n: number, depth: number): number {
  const c = i < to ? (b[i] as number) : 0
  let end: number
  v.from[n] = i
  if (c === 0x22) {
    end = scanString(b, i, to)
    v.kind[n] = TEXT
    v.from[n] = i + 1
    v.to[n] = end - 1
    v.marks[n] = stringMarks
    return end
  }
  if (c === 0x74 || c === 0x66) {
    end = scanWord(b, i, to, c === 0x74 ? 'true' : 'false')
    v.kind[n] = BOOLEAN
    v.value[n] = c === 0x74 ? 1 : 0
  } else if (c === 0x6e) {
    end = scanWord(b, i, to, 'null')
    v.kind[n] = NULL
  } else if (c === 0x7b || c === 0x5b) {
    end = skipValue(b, i, to, depth)
    v.kind[n] = NESTED
  } else if (i >= to) return fail('json-syntax', 'a value is missing', i)
  else end = scanNumber(b, i, to, v.value, v.kind, n)
  v.to[n] = end
  return end
}
