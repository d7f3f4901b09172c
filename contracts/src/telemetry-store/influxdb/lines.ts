/**
 * Line protocol for one bucket of one server. Readings of one device and instant that come one after another become
 * fields of one line.
 */
export class LineWriter {
  lines = 0
  #text = ''
  #device = -1
  #at = 0

  /** `prefix` belongs to `device`; `fields` are `name=value`, joined by commas; `at` in ms. */
  add(device: number, prefix: string, at: number, fields: string): void {
    if (device === this.#device && at === this.#at) {
      this.#text += `,${fields}`
      return
    }
    this.#end()
    this.#device = device
    this.#at = at
    this.lines++
    this.#text += prefix + fields
  }

  /** Length of the text so far. */
  get length(): number {
    return this.#text.length
  }

  /** What was written since the last call; empty when nothing was. */
  take(): string {
    this.#end()
    const text = this.#text
    this.#text = ''
    this.lines = 0
    return text
  }

  #end(): void {
    if (this.#device === -1) return
    this.#text += ` ${this.#at}\n`
    this.#device = -1
  }
}

/** A string field of line protocol. */
export const quotedField = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
