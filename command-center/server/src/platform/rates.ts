/** Rates of counters over the last ten seconds of real time. */
export class Rates<Name extends string> {
  readonly #samples: { at: number; counts: Readonly<Record<Name, number>> }[] = []

  /** Takes the counters as they stand at `at` (real ms); call about once a second. */
  sample(at: number, counts: Readonly<Record<Name, number>>): void {
    this.#samples.push({ at, counts: { ...counts } })
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? 0) <= at - WINDOW_MS) this.#samples.shift()
  }

  /** Per second of real time; 0 before there are two samples. */
  perSecond(name: Name): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (!first || !last || last.at <= first.at) return 0
    return ((last.counts[name] - first.counts[name]) * 1000) / (last.at - first.at)
  }
}

const WINDOW_MS = 10_000
