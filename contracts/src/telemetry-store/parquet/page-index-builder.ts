import type { Overrides, PageIndex } from './page-index.ts'

/** Numbers of one column, page by page. */
export interface ColumnPages {
  readonly at: number[]
  readonly size: number[]
  readonly raw: number[]
}

/** Numbers of one column, row group by row group. */
export interface ColumnChunks {
  readonly encoding: number[]
  readonly compressed: number[]
  readonly constant: number[]
  readonly dictionaryAt: number[]
  readonly dictionarySize: number[]
  readonly dictionaryCount: number[]
}

/** Gathers a {@link PageIndex} while a file is written. */
export class PageIndexBuilder {
  readonly pages: readonly ColumnPages[]
  readonly chunks: readonly ColumnChunks[]
  readonly firstOrdinal: number[] = []
  readonly lastOrdinal: number[] = []
  readonly rows: number[] = []
  readonly group: number[] = []
  readonly minTime: number[] = []
  readonly maxTime: number[] = []
  /** Ends of the pages' directories, counted from the first one's start. */
  readonly directoryEnd: number[] = [0]

  constructor(columns: number) {
    this.pages = Array.from({ length: columns }, () => ({ at: [], size: [], raw: [] }))
    this.chunks = Array.from({ length: columns }, () => ({
      encoding: [],
      compressed: [],
      constant: [],
      dictionaryAt: [],
      dictionarySize: [],
      dictionaryCount: [],
    }))
  }

  build(groups: number, directoryAt: number, overrides: Overrides): PageIndex {
    const ofPages = (name: keyof ColumnPages) => Uint32Array.from(this.pages.flatMap((p) => p[name]))
    const ofChunks = (name: keyof ColumnChunks) => this.chunks.flatMap((c) => c[name])
    return {
      pages: this.rows.length,
      groups,
      columns: this.pages.length,
      overrides,
      minTime: Float64Array.from(this.minTime),
      maxTime: Float64Array.from(this.maxTime),
      constant: Float64Array.from(ofChunks('constant')),
      firstOrdinal: Uint32Array.from(this.firstOrdinal),
      lastOrdinal: Uint32Array.from(this.lastOrdinal),
      rows: Uint32Array.from(this.rows),
      group: Uint32Array.from(this.group),
      directoryAt: Uint32Array.from(this.directoryEnd, (end) => directoryAt + end),
      pageAt: ofPages('at'),
      pageSize: ofPages('size'),
      pageRaw: ofPages('raw'),
      dictionaryAt: Uint32Array.from(ofChunks('dictionaryAt')),
      dictionarySize: Uint32Array.from(ofChunks('dictionarySize')),
      dictionaryCount: Uint32Array.from(ofChunks('dictionaryCount')),
      encoding: Uint8Array.from(ofChunks('encoding')),
      compressed: Uint8Array.from(ofChunks('compressed')),
    }
  }
}
