/** A connection that can be told to wait for the next round. */
export interface TurnTaker {
  /** The round that `taken` is of. */
  round: number
  /** What it has taken of that round, bytes. */
  taken: number
  waitForTurn(): void
  takeTurn(): void
}

/**
 * Fair queueing of what is read. In one round, which is one turn of the event loop, a connection is read up to a quantum;
 * then it waits until every other one that has something to say was heard. Without that the kernel's buffers of one
 * mad sender, some megabytes, would be worked off before its neighbours are looked at.
 */
export class Turns {
  /** How often a connection had to wait. */
  waits = 0
  readonly #quantum: number
  #round = 0
  #isOn = false
  #waiting: TurnTaker[] = []

  constructor(quantumBytes: number) {
    this.#quantum = quantumBytes
  }

  /** The connection has read so many bytes. */
  took(c: TurnTaker, bytes: number): void {
    if (!this.#isOn) {
      this.#isOn = true
      setImmediate(this.#next)
    }
    if (c.round !== this.#round) {
      c.round = this.#round
      c.taken = 0
    }
    c.taken += bytes
    if (c.taken < this.#quantum) return
    this.waits++
    c.waitForTurn()
    this.#waiting.push(c)
    c.taken = 0
  }

  readonly #next = (): void => {
    this.#isOn = false
    this.#round++
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const c of waiting) c.takeTurn()
  }
}
