import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { columnsOf, type Tier } from './layout.ts'
import type { Overrides } from './parquet/page-index.ts'
import { SortedFileWriter, type WrittenFile } from './parquet/writer.ts'
import type { SeriesTable } from './series-table.ts'

/** Ends the name of a file that is being written. */
const PART = '.part'

/** The folder of a store as its writer sees it. A name here is that of a whole file. */
export class StoreFolder {
  readonly #folder: string
  #writers = new Map<string, SortedFileWriter>()

  constructor(folder: string) {
    this.#folder = folder
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  create(name: string, tier: Tier, dense: boolean, series: SeriesTable): SortedFileWriter {
    const { lo, hi } = series
    const writer = new SortedFileWriter({
      path: this.path(name + PART),
      columns: columnsOf(tier),
      dense,
      describe: (ordinal, out) => {
        out.reserve(8)
        out.view.setUint32(out.length, lo[ordinal] as number, true)
        out.view.setUint32(out.length + 4, hi[ordinal] as number, true)
        out.length += 8
      },
    })
    this.#writers.set(name, writer)
    return writer
  }

  /** Completes a file and gives it its name. */
  finish(name: string, writer: SortedFileWriter, overrides?: Overrides): WrittenFile {
    const written = writer.finish(overrides)
    this.#writers.delete(name)
    renameSync(this.path(name + PART), this.path(name))
    return written
  }

  /** Removes what an attempt to write this file left behind. */
  discard(name: string): void {
    this.#writers.get(name)?.close()
    this.#writers.delete(name)
    rmSync(this.path(name), { force: true })
    rmSync(this.path(name + PART), { force: true })
  }

  write(name: string, bytes: Uint8Array): void {
    const fd = openSync(this.path(name), 'w')
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** Makes names durable. */
  sync(): void {
    const fd = openSync(this.#folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** Removes files that a crash left behind before the manifest knew them. */
  removeStrangers(known: readonly (string | undefined)[]): void {
    for (const name of readdirSync(this.#folder)) {
      const ours = /^(raw|minute|hour)-.*\.parquet(\.part)?$/.test(name) || /^last-.*\.bin$/.test(name)
      if (ours && !known.includes(name)) rmSync(this.path(name), { force: true })
    }
  }
}
