import { join } from 'node:path'
import { QuartierError } from '../errors.ts'
import { byFlush, columnsOf, type StoreFile, type Tier } from './layout.ts'
import { SortedFile } from './parquet/sorted-file.ts'

/**
 * A file of the store. It is opened when it comes; where that fails, because descriptors have run out, whoever wants
 * it next tries again, so that a file the manifest names is never lost to us.
 */
export class OpenFile {
  readonly meta: StoreFile
  #path: string
  #data: SortedFile | undefined

  constructor(folder: string, meta: StoreFile) {
    this.meta = meta
    this.#path = join(folder, meta.name)
    try {
      this.#data = this.#open()
    } catch (error) {
      if (!isShortage(error)) throw error
    }
  }

  /** @throws QuartierError STORE_UNAVAILABLE, retriable, while there are no descriptors */
  get data(): SortedFile {
    try {
      this.#data ??= this.#open()
      return this.#data
    } catch (cause) {
      if (!isShortage(cause)) throw cause
      throw new QuartierError('STORE_UNAVAILABLE', `open ${this.#path}: too many files are open`, {
        cause,
        retriable: true,
      })
    }
  }

  close(): void {
    this.#data?.close()
    this.#data = undefined
  }

  #open(): SortedFile {
    const kinds = columnsOf(this.meta.tier)
      .slice(1)
      .map((c) => c.kind)
    return new SortedFile(this.#path, this.meta, kinds)
  }
}

const isShortage = (error: unknown): boolean => {
  for (let e = error as { code?: string; cause?: unknown } | undefined; e; e = e.cause as typeof e)
    if (e.code === 'EMFILE' || e.code === 'ENFILE') return true
  return false
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
    const opened = come.map((meta) => new OpenFile(this.#folder, meta))
    const leaving = this.#files.filter((f) => gone.includes(f.meta.name))
    this.#files = [...this.#files.filter((f) => !leaving.includes(f)), ...opened].sort((a, b) =>
      byFlush(a.meta, b.meta),
    )
    for (const file of leaving) file.close()
  }

  close(): void {
    for (const file of this.#files) file.close()
    this.#files = []
  }
}
