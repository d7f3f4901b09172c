/** Names that are kept, and how long one may be. */
const KEPT = 16_384
const CHARACTERS = 64

/** The UTF-8 of names. Codecs that have names as texts have the same ones again and again. */
export class NameBytes {
  readonly #known = new Map<string, Uint8Array>()

  of(name: string): Uint8Array {
    let bytes = this.#known.get(name)
    if (bytes === undefined) {
      bytes = Buffer.from(name)
      if (name.length > CHARACTERS) return bytes
      if (this.#known.size >= KEPT) this.#known.clear()
      this.#known.set(name, bytes)
    }
    return bytes
  }
}
