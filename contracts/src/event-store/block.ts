import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { decodeEventBatch, encodeEventBatch } from '../events/batch.ts'
import {
  attributesFrom,
  createEventColumns,
  dataClassOf,
  type EventColumns,
  growEventColumns,
  severityOf,
} from '../events/columns.ts'
import { assetName, bitOf, deviceName, emptyNames, setBit, zoneName } from './names-filter.ts'
import type { Whereabouts } from './port.ts'

/** Whose an event is: one word of a block's columns. */
export interface Origin extends Whereabouts {
  readonly owner: string
}

/** What is known of a block without opening it. */
export interface BlockSummary {
  readonly firstAt: number
  readonly lastAt: number
  readonly lastReceivedAt: number
  readonly rows: number
  /** One bit per code of a kind. */
  readonly kinds: Uint8Array
  /** Devices, assets and zones: names-filter.ts. */
  readonly names: Uint8Array
  /** The worst. */
  readonly severity: number
}

export interface NewBlock extends BlockSummary {
  readonly data: Uint8Array
}

/** A block that was opened. */
export class Block {
  /** Sorted by `measuredAt`; `device` is a place in `origins`. */
  readonly columns: EventColumns
  #origins: readonly Origin[] | undefined

  constructor(columns: EventColumns) {
    this.columns = columns
  }

  /** Worked out when somebody asks: blocks are merged without. */
  get origins(): readonly Origin[] {
    this.#origins ??= this.columns.words.map(originOf)
    return this.#origins
  }
}

/** No name holds it. */
const BETWEEN = '\u001f'
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const ZSTD_MAGIC = 0x28

export const originWord = (owner: string, { assetId, zoneId }: Whereabouts): string =>
  owner + BETWEEN + (assetId ?? '') + BETWEEN + (zoneId ?? '')

export function originOf(word: string): Origin {
  const [owner = '', asset = '', zone = ''] = word.split(BETWEEN)
  return { owner, assetId: asset || null, zoneId: zone || null }
}

/** Gathers rows of other columns, whose words are those of {@link originWord}, and makes blocks of them. */
export class BlockBuilder {
  #columns = createEventColumns(4096)
  readonly #words = new Map<string, number>()

  get rows(): number {
    return this.#columns.length
  }

  /** `measuredAt` of a row. */
  timeOf(row: number): number {
    return this.#columns.measuredAt[row] as number
  }

  /** The place of a word here. */
  word(text: string): number {
    let place = this.#words.get(text)
    if (place === undefined) {
      place = this.#columns.words.push(text) - 1
      this.#words.set(text, place)
    }
    return place
  }

  /** Copies one row; `origin` comes from {@link word}. */
  add(from: EventColumns, row: number, origin: number): void {
    const c = this.#columns
    const at = c.length
    const start = at === 0 ? 0 : (c.attributesEnd[at - 1] as number)
    const first = attributesFrom(from, row)
    const length = (from.attributesEnd[row] as number) - first
    if (at + 1 > c.measuredAt.length || start + length > c.attributes.length)
      growEventColumns(c, at + 1, start + length)
    const { ids } = c
    for (let k = 0; k < 4; k++) ids[at * 4 + k] = from.ids[row * 4 + k] as number
    c.measuredAt[at] = from.measuredAt[row] as number
    c.receivedAt[at] = from.receivedAt[row] as number
    c.device[at] = origin
    c.kind[at] = from.kind[row] as number
    c.severity[at] = from.severity[row] as number
    c.quality[at] = from.quality[row] as number
    const { attributes } = c
    for (let k = 0; k < length; k++) attributes[start + k] = from.attributes[first + k] as number
    c.attributesEnd[at] = start + length
    c.length = at + 1
  }

  /** The rows, which the caller added in order of `measuredAt`, as a block; begins anew. */
  take(compressed: boolean): NewBlock {
    const c = this.#columns
    const plain = encodeEventBatch({ columns: c, counts: [] })
    const block = { ...summarise(c), data: compressed ? zstdCompressSync(plain, LEVEL) : plain }
    c.length = 0
    c.words = []
    this.#words.clear()
    return block
  }
}

/** @throws QuartierError BATCH_CORRUPT, BATCH_VERSION */
export function openBlock(data: Uint8Array): Block {
  return new Block(decodeEventBatch(data[0] === ZSTD_MAGIC ? zstdDecompressSync(data) : data).columns)
}

/** Whether an event concerns people, so that it is kept for a shorter time and in blocks of its own. */
export const isPersonal = (columns: EventColumns, row: number): boolean =>
  dataClassOf(columns.severity[row] as number) > 0

function summarise(c: EventColumns): BlockSummary {
  const kinds = new Uint8Array(32)
  const names = emptyNames()
  let severity = 0
  let lastReceivedAt = Number.NEGATIVE_INFINITY
  for (let i = 0; i < c.length; i++) {
    const kind = c.kind[i] as number
    kinds[kind >> 3] = (kinds[kind >> 3] as number) | (1 << (kind & 7))
    severity = Math.max(severity, severityOf(c.severity[i] as number))
    lastReceivedAt = Math.max(lastReceivedAt, c.receivedAt[i] as number)
  }
  for (const word of c.words) for (const bit of bitsOfOrigin(word)) setBit(names, bit)
  const [firstAt, lastAt] = [c.measuredAt[0] as number, c.measuredAt[c.length - 1] as number]
  return { firstAt, lastAt, lastReceivedAt, rows: c.length, kinds, names, severity }
}

const ORIGINS_KEPT = 100_000
const originBits = new Map<string, readonly number[]>()

/** The bits of the names in a word; kept, since the same devices come again and again. */
function bitsOfOrigin(word: string): readonly number[] {
  let bits = originBits.get(word)
  if (bits === undefined) {
    if (originBits.size >= ORIGINS_KEPT) originBits.clear()
    const { owner, assetId, zoneId } = originOf(word)
    const names = [deviceName(owner), ...(assetId === null ? [] : [assetName(assetId)])]
    if (zoneId !== null) names.push(zoneName(zoneId))
    bits = names.map(bitOf)
    originBits.set(word, bits)
  }
  return bits
}
