/** Memory for half-received packets, in bytes: what one principal may take, of what there is altogether. */
export class PartialBudget {
  bytes = 0
  readonly limit: number
  readonly #whole: PartialBudget | undefined

  constructor(limit: number, whole?: PartialBudget) {
    this.limit = limit
    this.#whole = whole
  }

  /** Takes `n` bytes if there are that many. */
  take(n: number): boolean {
    if (this.bytes + n > this.limit || this.#whole?.take(n) === false) return false
    this.bytes += n
    return true
  }

  free(n: number): void {
    this.bytes -= n
    this.#whole?.free(n)
  }
}
