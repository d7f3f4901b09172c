import { join } from 'node:path'
import { byFlush, columnsOf, type StoreFile, type Tier } from './layout.ts'
import { SortedFile } from './parquet/sorted-file.ts'

export interface OpenFile {
  readonly meta: StoreFile
  readonly data: SortedFile
}

/** The files of a store, opened for reading, each tier oldest flush first. */
export class OpenFiles {
  #folder: string
  #files: OpenFile[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  of(tier: Tier): OpenFile[] {
    return this.#files.filter((f) => f.meta.tier === tier)
  }

  metas(): StoreFile[] {
    return this.#files.map((f) => f.meta)
  }

  find(name: string): OpenFile | undefined {
    return this.#files.find((f) => f.meta.name === name)
  }

  replace(gone: readonly string[], come: readonly StoreFile[]): void {
    const opened = come.map((meta) => this.#open(meta))
    const leaving = this.#files.filter((f) => gone.includes(f.meta.name))
    this.#files = [...this.#files.filter((f) => !leaving.includes(f)), ...opened].sort((a, b) =>
      byFlush(a.meta, b.meta),
    )
    for (const file of leaving) file.data.close()
  }

  close(): void {
    for (const file of this.#files) file.data.close()
    this.#files = []
  }

  #open(meta: StoreFile): OpenFile {
    const kinds = columnsOf(meta.tier)
      .slice(1)
      .map((c) => c.kind)
    return { meta, data: new SortedFile(join(this.#folder, meta.name), meta, kinds) }
  }
}
