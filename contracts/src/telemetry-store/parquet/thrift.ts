import { ByteSink } from './bytes.ts'

/** As much of Thrift's compact protocol as Parquet's metadata needs. Fields must be given in rising order of id. */
export type Field =
  | readonly [id: number, type: 'i32' | 'i64', value: number]
  | readonly [id: number, type: 'bool', value: boolean]
  | readonly [id: number, type: 'text', value: string]
  | readonly [id: number, type: 'binary', value: Uint8Array]
  | readonly [id: number, type: 'struct', value: Struct]
  | readonly [id: number, type: 'i32s', value: readonly number[]]
  | readonly [id: number, type: 'texts', value: readonly string[]]
  | readonly [id: number, type: 'structs', value: readonly Struct[]]
export type Struct = readonly (Field | undefined)[]

const TYPE = { i32: 5, i64: 6, bool: 1, text: 8, binary: 8, struct: 12, i32s: 9, texts: 9, structs: 9 } as const
const encoder = new TextEncoder()

export function encodeStruct(struct: Struct, out: ByteSink = new ByteSink(256)): ByteSink {
  let last = 0
  for (const field of struct) {
    if (!field) continue
    const [id, type] = field
    const code = type === 'bool' && !field[2] ? 2 : TYPE[type]
    if (id - last < 16) out.byte(((id - last) << 4) | code)
    else {
      out.byte(code)
      out.zigzag(id)
    }
    last = id
    encodeValue(field, out)
  }
  out.byte(0)
  return out
}

function encodeValue(field: Field, out: ByteSink): void {
  switch (field[1]) {
    case 'i32':
    case 'i64':
      out.zigzag(field[2])
      return
    case 'bool':
      return
    case 'text':
      binary(encoder.encode(field[2]), out)
      return
    case 'binary':
      binary(field[2], out)
      return
    case 'struct':
      encodeStruct(field[2], out)
      return
    case 'i32s':
      listHead(field[2].length, TYPE.i32, out)
      for (const v of field[2]) out.zigzag(v)
      return
    case 'texts':
      listHead(field[2].length, TYPE.text, out)
      for (const v of field[2]) binary(encoder.encode(v), out)
      return
    case 'structs':
      listHead(field[2].length, TYPE.struct, out)
      for (const v of field[2]) encodeStruct(v, out)
  }
}

function listHead(length: number, type: number, out: ByteSink): void {
  if (length < 15) out.byte((length << 4) | type)
  else {
    out.byte(0xf0 | type)
    out.varint(length)
  }
}

function binary(bytes: Uint8Array, out: ByteSink): void {
  out.varint(bytes.length)
  out.put(bytes)
}
