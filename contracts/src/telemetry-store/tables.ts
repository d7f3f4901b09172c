type Numbers = Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** A copy with twice the room. */
export function doubled<T extends Numbers>(array: T): T {
  const out = new (array.constructor as new (n: number) => T)(array.length * 2)
  out.set(array)
  return out
}

/** Few words, each with its place. */
export class Words {
  readonly words: string[] = []
  #places = new Map<string, number>()

  place(word: string): number {
    const known = this.#places.get(word)
    if (known !== undefined) return known
    this.words.push(word)
    this.#places.set(word, this.words.length - 1)
    return this.words.length - 1
  }
}

export interface PickedTexts {
  readonly lengths: Uint32Array
  /** UTF-8, one text after the other. */
  readonly bytes: Uint8Array
}

/** Many texts by number, as UTF-8 in one piece of memory: 650,000 keys as strings would cost twice as much. */
export class Texts {
  #bytes = Buffer.alloc(1 << 15)
  #used = 0
  #at = new Uint32Array(1024)
  #length = new Uint32Array(1024)

  has(i: number): boolean {
    return (this.#length[i] ?? 0) > 0
  }

  get(i: number): string {
    const at = this.#at[i] ?? 0
    return this.#bytes.toString('utf8', at, at + (this.#length[i] ?? 0))
  }

  set(i: number, text: string): void {
    this.#reserveBytes(text.length * 3)
    const length = this.#bytes.write(text, this.#used, 'utf8')
    this.setFrom(i, this.#used, length)
    this.#used += length
  }

  /** Takes in the texts of `picked`; its places are given to {@link setFrom} with what this returns. */
  append(picked: PickedTexts): number {
    const base = this.#used
    this.#reserveBytes(picked.bytes.length)
    this.#bytes.set(picked.bytes, base)
    this.#used += picked.bytes.length
    return base
  }

  /** Text `i` is `length` bytes at `at`, a place within what {@link append} took in. */
  setFrom(i: number, at: number, length: number): void {
    this.#reservePlace(i)
    this.#at[i] = at
    this.#length[i] = length
  }

  pick(places: Uint32Array): PickedTexts {
    const lengths = places.map((i) => this.#length[i] ?? 0)
    const bytes = new Uint8Array(lengths.reduce((a, b) => a + b, 0))
    let to = 0
    places.forEach((i, k) => {
      const from = this.#at[i] ?? 0
      const length = lengths[k] as number
      for (let b = 0; b < length; b++) bytes[to++] = this.#bytes[from + b] as number
    })
    return { lengths, bytes }
  }

  #reservePlace(i: number): void {
    while (i >= this.#at.length) {
      this.#at = doubled(this.#at)
      this.#length = doubled(this.#length)
    }
  }

  #reserveBytes(more: number): void {
    if (this.#used + more <= this.#bytes.length) return
    const wider = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#used + more))
    wider.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = wider
  }
}
