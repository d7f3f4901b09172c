import { originWord } from './block.ts'
import type { Whereabouts } from './port.ts'

export interface Owner {
  /** ≥ 1. */
  readonly number: number
  readonly source: string
}

/** Numbers of the devices that have sent events to this process. */
export class Owners {
  readonly #byName = new Map<string, Owner>()

  of(name: string): Owner {
    let owner = this.#byName.get(name)
    if (owner === undefined) {
      owner = { number: this.#byName.size + 1, source: name.slice(0, name.indexOf('/')) }
      this.#byName.set(name, owner)
    }
    return owner
  }
}

/** The words of one record's columns as owners and origins, worked out once each. */
export class RecordWords {
  readonly #origins = new Map<number, string>()
  readonly #known: (Owner | undefined)[] = []
  readonly #words: readonly string[]
  readonly #all: Owners
  readonly #placeOf: (owner: string, asset?: string) => Whereabouts

  constructor(words: readonly string[], all: Owners, placeOf: (owner: string, asset?: string) => Whereabouts) {
    this.#words = words
    this.#all = all
    this.#placeOf = placeOf
  }

  owner(word: number): Owner {
    this.#known[word] ??= this.#all.of(this.#words[word] as string)
    return this.#known[word] as Owner
  }

  /** `asset` is as in the columns: 0 for none. */
  origin(word: number, asset: number): string {
    const id = word * (this.#words.length + 1) + asset
    let origin = this.#origins.get(id)
    if (origin === undefined) {
      const owner = this.#words[word] as string
      origin = originWord(owner, this.#placeOf(owner, asset === 0 ? undefined : this.#words[asset - 1]))
      this.#origins.set(id, origin)
    }
    return origin
  }
}
