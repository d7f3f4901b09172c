import { threadCpuSeconds, timerCost } from './thread-cpu.ts'

/** One chunk in this many is timed. */
const SAMPLE = 64

/** Whoever decodes, and can say how long that took, ms. */
interface Decoding {
  beginTiming(): void
  endTiming(): number
}

/** CPU seconds by stage, estimated: one chunk stands for all between two samples. */
export class CpuSamples {
  readonly #decoding: Decoding
  readonly #timer = timerCost()
  #chunks = 0
  #wallAt = 0
  #cpuAt = 0
  #cpu = 0
  #wallMs = 0
  #codecWallMs = 0

  constructor(decoding: Decoding) {
    this.#decoding = decoding
  }

  /** A chunk is about to be handled; whether it is timed, and `end` must follow. */
  begin(): boolean {
    if (++this.#chunks % SAMPLE !== 0) return false
    this.#decoding.beginTiming()
    this.#wallAt = performance.now()
    this.#cpuAt = threadCpuSeconds()
    return true
  }

  /** The chunk is handled; what the measuring itself costs is taken off. */
  end(messages: number): void {
    const { insideMs, wholeMs } = this.#timer
    const cpu = threadCpuSeconds() - this.#cpuAt - (messages * wholeMs) / 1000
    this.#cpu += Math.max(0, cpu) * SAMPLE
    this.#wallMs += performance.now() - this.#wallAt - messages * wholeMs
    this.#codecWallMs += this.#decoding.endTiming() - messages * insideMs
  }

  get framing(): number {
    return this.#cpu - this.codec
  }

  get codec(): number {
    const share = this.#codecWallMs / (this.#wallMs || 1)
    return this.#cpu * Math.min(1, Math.max(0, share))
  }
}
