/** How fast something grows that now and then loses its oldest part: only what was added counts. */
export class Growth {
  readonly #samples: { readonly at: number; readonly added: number }[] = []
  #bytes: number | undefined
  #added = 0

  /** Takes its size at `at`, real ms; call every few seconds. */
  sample(at: number, bytes: number): void {
    if (this.#bytes !== undefined && bytes > this.#bytes) this.#added += bytes - this.#bytes
    this.#bytes = bytes
    const last = this.#samples.at(-1)
    if (last && at - last.at < STEP_MS) return
    this.#samples.push({ at, added: this.#added })
    if (this.#samples.length > STEPS) this.#samples.shift()
  }

  /** Over the last hour, or since there is something to compare with; `undefined` in the first minute. */
  perDay(at: number): number | undefined {
    const first = this.#samples[0]
    if (!first || at - first.at < STEP_MS) return undefined
    return ((this.#added - first.added) * DAY_MS) / (at - first.at)
  }
}

const STEP_MS = 60_000
const STEPS = 60
const DAY_MS = 86_400_000
