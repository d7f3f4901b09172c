import { encodeStruct, type Struct } from './thrift.ts'

/** What a column holds. `series` is the dictionary-coded first column, either 64-bit ids or readable keys. */
export type ColumnKind = 'seriesId' | 'seriesKey' | 'time' | 'long' | 'int' | 'byte' | 'double'

export interface ColumnSpec {
  readonly name: string
  readonly kind: ColumnKind
}

/** Parquet's numbers for physical types, converted types and encodings. */
const PHYSICAL = { seriesId: 2, seriesKey: 6, time: 2, long: 2, int: 1, byte: 1, double: 5 } as const
const CONVERTED = {
  seriesId: 14,
  seriesKey: 0,
  time: undefined,
  long: undefined,
  int: undefined,
  byte: 11,
  double: undefined,
}
export const ENCODING = { plain: 0, rle: 3, delta: 5, dictionary: 8, split: 9 } as const
export const CODEC = { none: 0, zstd: 6 } as const

export const valueBytes = (kind: ColumnKind): number => (kind === 'int' || kind === 'byte' ? 4 : 8)

export interface ChunkMeta {
  readonly encodings: readonly number[]
  readonly codec: number
  readonly rows: number
  readonly rawBytes: number
  readonly bytes: number
  readonly dataAt: number
  readonly dictionaryAt: number | undefined
  /** Least and greatest value, for columns of times. */
  readonly span?: readonly [number, number]
}

export interface GroupMeta {
  readonly rows: number
  readonly chunks: readonly ChunkMeta[]
}

export function encodeFooter(
  columns: readonly ColumnSpec[],
  groups: readonly GroupMeta[],
  facts: Readonly<Record<string, string>>,
): Uint8Array {
  const rows = groups.reduce((sum, g) => sum + g.rows, 0)
  const root: Struct = [
    [4, 'text', 'schema'],
    [5, 'i32', columns.length],
  ]
  return encodeStruct([
    [1, 'i32', 2],
    [2, 'structs', [root, ...columns.map(schemaElement)]],
    [3, 'i64', rows],
    [4, 'structs', groups.map((g) => rowGroup(columns, g))],
    [
      5,
      'structs',
      Object.entries(facts).map(
        ([k, v]): Struct => [
          [1, 'text', k],
          [2, 'text', v],
        ],
      ),
    ],
    [6, 'text', 'quartier'],
    [7, 'structs', columns.map((): Struct => [[1, 'struct', []]])],
  ]).written()
}

function schemaElement({ name, kind }: ColumnSpec): Struct {
  const converted = CONVERTED[kind]
  return [
    [1, 'i32', PHYSICAL[kind]],
    [3, 'i32', 0],
    [4, 'text', name],
    converted === undefined ? undefined : [6, 'i32', converted],
    kind === 'time'
      ? [
          10,
          'struct',
          [
            [
              8,
              'struct',
              [
                [1, 'bool', false],
                [2, 'struct', [[1, 'struct', []]]],
              ],
            ],
          ],
        ]
      : undefined,
  ]
}

function rowGroup(columns: readonly ColumnSpec[], group: GroupMeta): Struct {
  return [
    [1, 'structs', group.chunks.map((chunk, i) => columnChunk(columns[i] as ColumnSpec, chunk))],
    [2, 'i64', group.chunks.reduce((sum, c) => sum + c.rawBytes, 0)],
    [3, 'i64', group.rows],
  ]
}

function columnChunk({ name, kind }: ColumnSpec, chunk: ChunkMeta): Struct {
  const span = chunk.span
  return [
    [2, 'i64', 0],
    [
      3,
      'struct',
      [
        [1, 'i32', PHYSICAL[kind]],
        [2, 'i32s', chunk.encodings],
        [3, 'texts', [name]],
        [4, 'i32', chunk.codec],
        [5, 'i64', chunk.rows],
        [6, 'i64', chunk.rawBytes],
        [7, 'i64', chunk.bytes],
        [9, 'i64', chunk.dataAt],
        chunk.dictionaryAt === undefined ? undefined : [11, 'i64', chunk.dictionaryAt],
        span
          ? [
              12,
              'struct',
              [
                [5, 'binary', int64(span[1])],
                [6, 'binary', int64(span[0])],
              ],
            ]
          : undefined,
      ],
    ],
  ]
}

function int64(value: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigInt64(0, BigInt(value), true)
  return out
}

export function encodePageHeader(
  kind: 'data' | 'dictionary',
  raw: number,
  stored: number,
  values: number,
  encoding: number,
): Uint8Array {
  const header: Struct =
    kind === 'dictionary'
      ? [
          [1, 'i32', 2],
          [2, 'i32', raw],
          [3, 'i32', stored],
          [
            7,
            'struct',
            [
              [1, 'i32', values],
              [2, 'i32', ENCODING.plain],
            ],
          ],
        ]
      : [
          [1, 'i32', 0],
          [2, 'i32', raw],
          [3, 'i32', stored],
          [
            5,
            'struct',
            [
              [1, 'i32', values],
              [2, 'i32', encoding],
              [3, 'i32', ENCODING.rle],
              [4, 'i32', ENCODING.rle],
            ],
          ],
        ]
  return encodeStruct(header).written()
}
