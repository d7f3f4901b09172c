/** How much arrived in each step of the last hour, in real time. */
export class RateHistory {
  readonly #readings = new Float64Array(STEPS).fill(Number.NaN)
  readonly #messages = new Float64Array(STEPS).fill(Number.NaN)
  /** Number of the step that counts now, since 1970. */
  #step = 0
  #before: { readonly readings: number; readonly messages: number } | undefined

  /** Takes the counters as they stand at `at` (real epoch ms); call about once a second. */
  sample(at: number, { readings, messages }: { readonly readings: number; readonly messages: number }): void {
    const step = Math.floor(at / STEP_MS)
    if (this.#before) {
      // Steps in which nobody looked had nothing to count.
      for (let s = Math.max(this.#step + 1, step - STEPS + 1); s <= step; s++) this.#clear(s)
      const place = step % STEPS
      this.#readings[place] = (this.#readings[place] as number) + readings - this.#before.readings
      this.#messages[place] = (this.#messages[place] as number) + messages - this.#before.messages
    } else if (at % STEP_MS <= WHOLE_MS) this.#clear(step)
    this.#before = { readings, messages }
    this.#step = Math.max(step, this.#step)
  }

  /** The steps up to the one that counts now, oldest first; NaN from before we ran. */
  view(): { stepMs: number; from: number; readings: (number | null)[]; messages: (number | null)[] } {
    const first = this.#step - STEPS + 1
    const inOrder = (counts: Float64Array) =>
      Array.from({ length: STEPS }, (_, i) => orNull(counts[(first + i + STEPS) % STEPS] as number))
    return {
      stepMs: STEP_MS,
      from: first * STEP_MS,
      readings: inOrder(this.#readings),
      messages: inOrder(this.#messages),
    }
  }

  /** Readings a second over the whole steps that there are; `undefined` before the first one is over. */
  readingsPerS(): number | undefined {
    let sum = 0
    let steps = 0
    for (let i = 0; i < STEPS; i++) {
      const count = this.#readings[i] as number
      if (Number.isNaN(count) || i === this.#step % STEPS) continue
      sum += count
      steps++
    }
    return steps === 0 ? undefined : (sum * 1000) / (steps * STEP_MS)
  }

  #clear(step: number): void {
    this.#readings[step % STEPS] = 0
    this.#messages[step % STEPS] = 0
  }
}

const STEP_MS = 60_000
const STEPS = 60
/** Whoever began so soon after a step did has counted the whole of it. */
const WHOLE_MS = 2_000

const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)
