import type { PartialBudget } from './partial-budget.ts'

/** Whoever handles the packets of one socket. */
export interface PacketHandler {
  /** Packets cannot be handled now: what arrives is kept until `replay`. */
  readonly isBusy: boolean
  readonly isClosed: boolean
  /** Judges a packet by its first byte and remaining length before a byte of it is kept; closes and says no. */
  admits(first: number, length: number): boolean
  /** One whole packet: `b[at, end)`, its body from `body` on. */
  packet(b: Buffer, first: number, at: number, body: number, end: number): void
  close(reason: string): void
}

const LARGEST_HEADER = 5

/** Cuts what a socket receives into MQTT packets, wherever the network has split them. */
export class Framer {
  readonly #handler: PacketHandler
  #budget: PartialBudget
  /** When somebody first looked at the packet that is held; 0 when nobody has. */
  #heldSince = 0
  /** The beginning of a packet, and how many bytes it takes to look at it again. */
  #held: Buffer | undefined
  #length = 0
  #need = 0

  constructor(handler: PacketHandler, budget: PartialBudget) {
    this.#handler = handler
    this.#budget = budget
  }

  /** Whether a packet has been on its way for longer than `limitMs`; to be asked often, times in ms of one clock. */
  isStalled(now: number, limitMs: number): boolean {
    if (this.#held && this.#heldSince === 0) this.#heldSince = now
    return this.#held !== undefined && now - this.#heldSince > limitMs
  }

  /** The packet could not go on, by no fault of its sender. */
  excuse(): void {
    this.#heldSince = 0
  }

  /** What is held, and will be, is somebody else's from now on. */
  charge(budget: PartialBudget): void {
    const n = this.#held?.length ?? 0
    this.#budget.free(n)
    this.#budget = budget
    if (!budget.take(n)) {
      this.#held = undefined
      this.#length = 0
      this.#handler.close('partial-bytes')
    }
  }

  /** Handles the packets that `chunk` completes; keeps a copy of what is left over. */
  feed(chunk: Buffer): void {
    let at = 0
    while (this.#held && at < chunk.length && !this.#handler.isClosed) at = this.#fill(chunk, at)
    if (at < chunk.length) this.#cut(chunk, at, chunk.length)
  }

  /** Handles what was kept while the handler was busy. */
  replay(): void {
    const held = this.#held
    const length = this.#length
    this.drop()
    if (held) this.#cut(held, 0, length)
  }

  drop(): void {
    this.#budget.free(this.#held?.length ?? 0)
    this.#held = undefined
    this.#length = 0
  }

  #cut(b: Buffer, from: number, end: number): void {
    const handler = this.#handler
    let at = from
    while (at < end) {
      if (handler.isClosed) return
      if (handler.isBusy) {
        this.#hold(b, at, end, Number.POSITIVE_INFINITY)
        return
      }
      // The remaining length: up to four bytes of seven bits [MQTT-2.2.3].
      let body = at + 2
      let length = body > end ? 128 : (b[at + 1] as number)
      if (length > 127) {
        body = at + 1
        length = 0
        for (let shift = 0; ; shift += 7) {
          if (shift > 21) {
            handler.close('malformed')
            return
          }
          if (body >= end) {
            this.#hold(b, at, end, end - at + 1)
            return
          }
          const byte = b[body++] as number
          length |= (byte & 127) << shift
          if (byte < 128) break
        }
      }
      const first = b[at] as number
      if (!handler.admits(first, length)) return
      const next = body + length
      if (next > end) {
        this.#hold(b, at, end, next - at)
        return
      }
      handler.packet(b, first, at, body, next)
      at = next
    }
  }

  /** Takes from the chunk what completes the held packet; returns the place after it. */
  #fill(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + this.#need - this.#length)
    this.#append(chunk, from, to)
    if (this.#held && this.#length >= this.#need) this.replay()
    return to
  }

  #hold(b: Buffer, from: number, to: number, need: number): void {
    this.#need = need
    this.#heldSince = 0
    this.#append(b, from, to)
  }

  /** Room grows with what has arrived, never with what was announced. */
  #append(b: Buffer, from: number, to: number): void {
    const length = this.#length + to - from
    const room = this.#held?.length ?? 0
    if (length > room) {
      const wanted = Math.max(64, length, Math.min(room * 2, this.#need + LARGEST_HEADER))
      if (!this.#budget.take(wanted - room)) {
        this.#handler.close('partial-bytes')
        return
      }
      const bigger = Buffer.allocUnsafeSlow(wanted)
      this.#held?.copy(bigger, 0, 0, this.#length)
      this.#held = bigger
    }
    b.copy(this.#held as Buffer, this.#length, from, to)
    this.#length = length
  }
}
