/** Numbers for words that many series share. The empty word is 0. */
export class Words {
  readonly #words: string[] = ['']
  readonly #numbers = new Map<string, number>([['', 0]])

  get length(): number {
    return this.#words.length
  }

  number(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    const next = this.#words.length
    this.#words.push(word)
    this.#numbers.set(word, next)
    return next
  }

  word(number: number): string {
    return this.#words[number] ?? ''
  }

  /** The number of a word that is known, else undefined. */
  find(word: string): number | undefined {
    return this.#numbers.get(word)
  }
}
