import { widened } from './id-table.ts'

/** Numbers of one series: value, measuredAt, receivedAt, and in the fourth quality and tick as 32-bit halves. */
const WIDTH = 4

/**
 * The newest reading of each series, by its place. What belongs to one series lies together in 32 bytes, because
 * readings come in random order and each look at memory that is not at hand costs more than everything else.
 */
export class StateColumns {
  #numbers = new Float64Array(WIDTH * 1024)
  #words = new Uint32Array(this.#numbers.buffer)

  get capacity(): number {
    return this.#numbers.length / WIDTH
  }

  /** Makes room for so many series. */
  grow(capacity: number): void {
    this.#numbers = widened(this.#numbers, capacity * WIDTH)
    this.#words = new Uint32Array(this.#numbers.buffer)
  }

  /** Takes a reading unless a newer one is there. */
  offer(place: number, value: number, measuredAt: number, receivedAt: number, quality: number, tick: number): void {
    const at = place * WIDTH
    if (measuredAt < (this.#numbers[at + 1] as number)) return
    this.#numbers[at] = value
    this.#numbers[at + 1] = measuredAt
    this.#numbers[at + 2] = receivedAt
    this.#words[2 * at + 6] = quality
    this.#words[2 * at + 7] = tick
  }

  /** 0 while there is none; look at {@link measuredAt} to tell. */
  value(place: number): number {
    return this.#numbers[place * WIDTH] as number
  }

  /** Epoch ms; 0 until there is a value. */
  measuredAt(place: number): number {
    return this.#numbers[place * WIDTH + 1] as number
  }

  receivedAt(place: number): number {
    return this.#numbers[place * WIDTH + 2] as number
  }

  quality(place: number): number {
    return this.#words[place * WIDTH * 2 + 6] as number
  }

  /** The tick in which the value last changed. */
  changed(place: number): number {
    return this.#words[place * WIDTH * 2 + 7] as number
  }
}
