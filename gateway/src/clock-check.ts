/** Fewer devices than these say nothing about us. */
const LEAST_DEVICES = 20
/** Share of the devices that must agree. */
const MOST = 0.6
/** Differences below this are the network's and the devices' own, ms of real time. */
const LEAST_OFFSET_MS = 60_000
/** So far apart two devices still agree: ms of real time, or this share of the difference. */
const ALIKE_MS = 10_000
const ALIKE_SHARE = 0.02
/** Devices beyond these are not asked: so many agree or do not. */
const MOST_DEVICES = 1_000
const WINDOW_MS = 60_000

export interface ClockCheckOptions {
  /** Speed of the platform clock: on a fast one an ordinary delay is long. */
  readonly speed: number
  /** Called when the finding comes (ms that the devices are ahead of us, negative: behind), changes or goes (0). */
  readonly onFinding: (aheadMs: number, devices: number) => void
}

/**
 * Suspects our own clock when most devices differ from it by the same amount: each device that speaks is asked once a
 * minute how far its time is from its arrival. Devices that are wrong each in its own way, or send what they gathered,
 * do not agree with one another.
 */
export class ClockCheck {
  /** Number of the current window; a topic remembers the last one in which it was asked. */
  window = 1
  /** How far most devices are ahead of us, ms of the platform clock; 0 when they do not agree on anything. */
  aheadMs = 0
  readonly #options: ClockCheckOptions
  readonly #ahead = new Float64Array(MOST_DEVICES)
  #count = 0
  #endsAt = 0

  constructor(options: ClockCheckOptions) {
    this.#options = options
  }

  /** Whether a device is to be asked that was asked last in this window. */
  asks(window: number, now: number): boolean {
    return window !== this.window || now >= this.#endsAt
  }

  /** What one device said, and when that came: both on the platform clock, epoch ms. */
  note(saidAt: number, receivedAt: number): void {
    if (receivedAt >= this.#endsAt) this.#turn(receivedAt)
    if (!Number.isNaN(saidAt) && this.#count < MOST_DEVICES) this.#ahead[this.#count++] = saidAt - receivedAt
  }

  #turn(now: number): void {
    const found = agreed(this.#ahead.subarray(0, this.#count).sort(), this.#options.speed)
    if (this.#count >= LEAST_DEVICES && found !== this.aheadMs) {
      this.aheadMs = found
      this.#options.onFinding(found, this.#count)
    }
    this.#count = 0
    this.#endsAt = now + WINDOW_MS * this.#options.speed
    this.window++
  }
}

/** The difference on which most agree, to the second; 0 when there is none. */
function agreed(sorted: Float64Array, speed: number): number {
  const middle = sorted[sorted.length >> 1] ?? 0
  if (Math.abs(middle) < LEAST_OFFSET_MS * speed) return 0
  const alike = Math.max(ALIKE_MS * speed, Math.abs(middle) * ALIKE_SHARE)
  const share = sorted.filter((ahead) => Math.abs(ahead - middle) <= alike).length / sorted.length
  return share >= MOST ? Math.round(middle / 1_000) * 1_000 : 0
}
