const TICK_MS = 100
/** A tick that comes later than this says that the process does not keep up. */
const LATE_MS = 150
const TICKS = 10

/**
 * How much may be begun while the machine does not keep up. So many are under way at a time; those that take long because
 * their peers do stop counting after a second in which we have kept up ourselves. Begun without bound, work that takes
 * several turns is all half done when its time is over, and then done again.
 */
export class WorkTurns {
  #underWay = 0
  readonly #begun = new Uint32Array(TICKS)
  #recent = 0
  #tick = 0
  #tickedAt: number
  readonly #atOnce: number

  constructor(atOnce: number, now: number) {
    this.#atOnce = atOnce
    this.#tickedAt = now
  }

  get mayBegin(): boolean {
    return this.#underWay < this.#atOnce || this.#recent < this.#atOnce
  }

  begin(): void {
    this.#underWay++
    this.#recent++
    this.#begun[this.#tick] = (this.#begun[this.#tick] as number) + 1
  }

  end(): void {
    this.#underWay--
  }

  /** To be called every {@link TICK_MS}, as far as the process gets to it. */
  tick(now: number): void {
    const isLate = now - this.#tickedAt > LATE_MS
    this.#tickedAt = now
    if (isLate) return
    this.#tick = (this.#tick + 1) % TICKS
    this.#recent -= this.#begun[this.#tick] as number
    this.#begun[this.#tick] = 0
  }

  static readonly tickMs = TICK_MS
}
