import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { ByteSink } from './bytes.ts'
import { ColumnEncoder, PARQUET_ENCODING, type Plan } from './column-encoder.ts'
import {
  type ChunkMeta,
  CODEC,
  type ColumnSpec,
  ENCODING,
  encodeFooter,
  encodePageHeader,
  type GroupMeta,
} from './footer.ts'
import { encodeIndexes } from './hybrid.ts'
import { CONSTANT, DICTIONARY, encodePageIndex, type Overrides } from './page-index.ts'
import { type ColumnChunks, type ColumnPages, PageIndexBuilder } from './page-index-builder.ts'

export const PAGE_ROWS = 8192
export const GROUP_ROWS = 16 * PAGE_ROWS

export interface WriterOptions {
  readonly path: string
  /** The first column is the series; the second the time that orders the rows of a series. */
  readonly columns: readonly ColumnSpec[]
  /** Appends the dictionary entry of a series: its id or its key. */
  readonly describe: (ordinal: number, out: ByteSink) => void
  /** Weigh encodings and compress; otherwise write quickly. */
  readonly dense: boolean
  readonly facts?: Readonly<Record<string, string>>
}

export interface WrittenFile {
  readonly rows: number
  readonly bytes: number
  readonly checksum: number
  readonly indexAt: number
  readonly indexBytes: number
  readonly minTime: number
  readonly maxTime: number
}

const MAGIC = new TextEncoder().encode('PAR1')
const NO_OVERRIDES: Overrides = { ordinal: new Uint32Array(0), from: new Float64Array(0), to: new Float64Array(0) }

/**
 * Writes one immutable Parquet file from rows that come sorted by series ordinal and time. The caller fills
 * `ordinals[count]` and `columns[…][count]`, raises `count` and calls `endGroup` when it reaches `GROUP_ROWS`.
 */
export class SortedFileWriter {
  readonly ordinals = new Uint32Array(GROUP_ROWS)
  /** The columns after the series, in the order of the specification. */
  readonly columns: readonly Float64Array[]
  count = 0

  #options: WriterOptions
  #fd: number
  #at = 0
  #checksum = 0
  #encoder: ColumnEncoder
  #index: PageIndexBuilder
  #groups: GroupMeta[] = []
  #chunk = new ByteSink(1 << 20)
  #body = new ByteSink(1 << 16)
  #directory = new ByteSink(1 << 16)
  #runs = new Uint32Array(GROUP_ROWS)

  constructor(options: WriterOptions) {
    this.#options = options
    const data = options.columns.slice(1)
    this.columns = data.map(() => new Float64Array(GROUP_ROWS))
    this.#encoder = new ColumnEncoder(GROUP_ROWS, PAGE_ROWS, options.dense)
    this.#index = new PageIndexBuilder(data.length)
    this.#fd = openSync(options.path, 'w')
    this.#write(MAGIC)
  }

  /** Writes the rows gathered so far as a row group. */
  endGroup(): void {
    if (this.count === 0) return
    const chunks: ChunkMeta[] = [this.#writeSeries()]
    this.#notePages()
    this.#options.columns.slice(1).forEach((spec, c) => {
      chunks.push(this.#writeColumn(spec, c))
    })
    this.#groups.push({ rows: this.count, chunks })
    this.count = 0
  }

  /** Ends the file and makes it durable. */
  finish(overrides: Overrides = NO_OVERRIDES): WrittenFile {
    this.endGroup()
    const directoryAt = this.#at
    this.#write(this.#directory.written())
    this.#write(new Uint8Array((8 - (this.#at % 8)) % 8))
    const indexAt = this.#at
    const index = encodePageIndex(this.#index.build(this.#groups.length, directoryAt, overrides))
    this.#write(index)
    const footer = encodeFooter(this.#options.columns, this.#groups, this.#options.facts ?? {})
    this.#write(footer)
    const tail = Buffer.alloc(8)
    tail.writeUInt32LE(footer.length, 0)
    tail.set(MAGIC, 4)
    this.#write(tail)
    fsyncSync(this.#fd)
    this.close()
    const { minTime, maxTime, rows } = this.#index
    return {
      rows: rows.reduce((a, b) => a + b, 0),
      bytes: this.#at,
      checksum: this.#checksum,
      indexAt,
      indexBytes: index.length,
      minTime: minTime.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
      maxTime: maxTime.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }

  #writeSeries(): ChunkMeta {
    const { ordinals, count } = this
    const runs = this.#runs
    const entries = this.#body
    entries.length = 0
    let distinct = 0
    for (let i = 0; i < count; i++) {
      if (i === 0 || ordinals[i] !== ordinals[i - 1]) {
        this.#options.describe(ordinals[i] as number, entries)
        distinct++
      }
      runs[i] = distinct - 1
    }
    this.#chunk.length = 0
    this.#addPage('dictionary', entries.written(), entries.length, distinct, ENCODING.plain)
    const width = Math.max(1, 32 - Math.clz32(distinct - 1))
    const dataAt = this.#at + this.#chunk.length
    for (let from = 0; from < count; from += PAGE_ROWS) {
      const to = Math.min(count, from + PAGE_ROWS)
      this.#body.length = 0
      encodeIndexes(this.#body, runs, from, to, width)
      this.#addPage('data', this.#body.written(), this.#body.length, to - from, ENCODING.dictionary)
    }
    const encodings = [ENCODING.plain, ENCODING.dictionary]
    return this.#endChunk({ encodings, codec: CODEC.none, rawBytes: this.#chunk.length, dataAt }, true)
  }

  /** The directory of each page: how many rows of which series, as pairs of varints. */
  #notePages(): void {
    const { ordinals, count } = this
    const index = this.#index
    for (let from = 0; from < count; from += PAGE_ROWS) {
      const to = Math.min(count, from + PAGE_ROWS)
      index.firstOrdinal.push(ordinals[from] as number)
      index.lastOrdinal.push(ordinals[to - 1] as number)
      index.rows.push(to - from)
      index.group.push(this.#groups.length)
      this.#notePage(from, to)
      index.directoryEnd.push(this.#directory.length)
    }
  }

  #notePage(from: number, to: number): void {
    const { ordinals } = this
    const times = this.columns[0] as Float64Array
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    let before = ordinals[from] as number
    for (let start = from; start < to; ) {
      const ordinal = ordinals[start] as number
      let end = start + 1
      while (end < to && ordinals[end] === ordinal) end++
      min = Math.min(min, times[start] as number)
      max = Math.max(max, times[end - 1] as number)
      this.#directory.varint(ordinal - before)
      this.#directory.varint(end - start)
      before = ordinal
      start = end
    }
    this.#index.minTime.push(min)
    this.#index.maxTime.push(max)
  }

  #writeColumn(spec: ColumnSpec, c: number): ChunkMeta {
    const values = this.columns[c] as Float64Array
    const plan = this.#encoder.plan(c, spec.kind, values, this.count)
    const number = PARQUET_ENCODING[plan.encoding]
    const withDictionary = plan.encoding === DICTIONARY
    this.#chunk.length = 0
    let rawBytes = this.#writeDictionary(spec, c, plan)
    const dataAt = this.#at + this.#chunk.length
    const pages = this.#index.pages[c] as ColumnPages
    for (let from = 0; from < this.count; from += PAGE_ROWS) {
      const to = Math.min(this.count, from + PAGE_ROWS)
      const body = this.#encoder.encodePage(plan, spec.kind, values, from, to)
      rawBytes += this.#addPage('data', body.stored, body.raw, to - from, number)
      pages.at.push(this.#at + this.#chunk.length - body.stored.length)
      pages.size.push(body.stored.length)
      pages.raw.push(body.raw)
    }
    const encodings = withDictionary ? [ENCODING.plain, number] : [number]
    const span = spec.kind === 'time' ? spanOf(values, this.count) : undefined
    return this.#endChunk(
      { encodings, codec: plan.zstd ? CODEC.zstd : CODEC.none, rawBytes, dataAt, span },
      withDictionary,
    )
  }

  /** Writes the dictionary page where the plan has one, and notes how the chunk is encoded. */
  #writeDictionary(spec: ColumnSpec, c: number, plan: Plan): number {
    const chunk = this.#index.chunks[c] as ColumnChunks
    const { dictionary } = this.#encoder
    const constant = plan.encoding === DICTIONARY && dictionary.size === 1
    chunk.encoding.push(constant ? CONSTANT : plan.encoding)
    chunk.constant.push(constant ? (dictionary.values[0] as number) : 0)
    chunk.compressed.push(plan.zstd ? 1 : 0)
    if (plan.encoding !== DICTIONARY) {
      chunk.dictionaryAt.push(0)
      chunk.dictionarySize.push(0)
      chunk.dictionaryCount.push(0)
      return 0
    }
    const body = this.#encoder.encodeDictionary(plan, spec.kind)
    const raw = this.#addPage('dictionary', body.stored, body.raw, dictionary.size, ENCODING.plain)
    chunk.dictionaryAt.push(this.#at + this.#chunk.length - body.stored.length)
    chunk.dictionarySize.push(body.stored.length)
    chunk.dictionaryCount.push(dictionary.size)
    return raw
  }

  /** Appends header and body; returns the size of both before compression. */
  #addPage(kind: 'data' | 'dictionary', stored: Uint8Array, raw: number, values: number, encoding: number): number {
    const header = encodePageHeader(kind, raw, stored.length, values, encoding)
    this.#chunk.put(header)
    this.#chunk.put(stored)
    return header.length + raw
  }

  #endChunk(
    meta: Pick<ChunkMeta, 'encodings' | 'codec' | 'rawBytes' | 'dataAt' | 'span'>,
    dictionary: boolean,
  ): ChunkMeta {
    const start = this.#at
    this.#write(this.#chunk.written())
    return { ...meta, rows: this.count, bytes: this.#at - start, dictionaryAt: dictionary ? start : undefined }
  }

  #write(bytes: Uint8Array): void {
    this.#checksum = crc32(bytes, this.#checksum)
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done)
    this.#at += bytes.length
  }
}

function spanOf(values: Float64Array, rows: number): [number, number] {
  let min = values[0] as number
  let max = min
  for (let i = 1; i < rows; i++) {
    const v = values[i] as number
    if (v < min) min = v
    else if (v > max) max = v
  }
  return [min, max]
}
