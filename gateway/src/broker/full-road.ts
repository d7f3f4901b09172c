import { Duplex } from 'node:stream'
import { CONNACK, PUBACK, u16 } from '../wire/packets.ts'

/** What the connection in front of the road does for it. */
export interface RoadHead {
  send(bytes: Buffer): void
  /** The engine has taken in what was sent: reading may go on. */
  resumeAfterRoad(): void
  /** The engine has closed the road. */
  roadClosed(): void
}

type Acceptance = { readonly code: number; readonly sessionPresent: boolean }

/**
 * The stream that stands for a client's socket towards aedes. What goes in is whole packets that the guard has let
 * pass; what comes out is cut into whole packets again, so that it interleaves with the acknowledgements of the fast
 * lane, and held back where aedes acknowledges before a message is safe.
 */
export class FullRoad extends Duplex {
  readonly head: RoadHead
  readonly accepted: Promise<Acceptance>
  #accept!: (answer: Acceptance) => void
  #open = false
  /** Packets that wait for aedes to accept the replayed CONNECT: it holds only 42 of them itself. */
  #early: Buffer[] = []
  readonly #forwardConnack: boolean
  /** PUBACKs that aedes has written while their message is not yet persisted. */
  readonly #held = new Set<number>()
  #rest: Buffer | undefined

  constructor(head: RoadHead, connect: Buffer, forwardConnack: boolean) {
    super({ readableHighWaterMark: 16_384, writableHighWaterMark: 1 << 30, emitClose: true })
    this.head = head
    this.#forwardConnack = forwardConnack
    this.accepted = new Promise((accept) => {
      this.#accept = accept
    })
    this.on('error', () => {})
    this.push(connect)
  }

  /** Hands whole packets to aedes; false when the connection should not read on before `resumeAfterRoad`. */
  feed(packets: Buffer): boolean {
    if (this.destroyed || this.readableEnded) return true
    if (this.#open) return this.push(packets)
    this.#early.push(packets)
    return false
  }

  /** The client has gone without a word, or the gateway ends the connection. */
  hangUp(): void {
    this.destroy()
  }

  /** The message that a client published under `id` is persisted. */
  release(id: number): void {
    if (this.#held.delete(id)) this.head.send(Buffer.from([PUBACK << 4, 2, id >> 8, id & 0xff]))
  }

  override _read(): void {
    if (this.#open) this.head.resumeAfterRoad()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#forward(chunk)
    done()
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#forward(Buffer.concat(chunks.map((c) => c.chunk)))
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#accept({ code: -1, sessionPresent: false })
    this.#early = []
    done(error)
    this.head.roadClosed()
  }

  #forward(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    let from = 0
    for (let end = packetEnd(bytes, at); end > 0; end = packetEnd(bytes, at)) {
      if (!this.#passes(bytes, at, end)) {
        if (at > from) this.head.send(bytes.subarray(from, at))
        from = end
      }
      at = end
    }
    if (at > from) this.head.send(bytes.subarray(from, at))
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined
  }

  #passes(b: Buffer, at: number, end: number): boolean {
    const type = (b[at] as number) >> 4
    if (type === PUBACK) this.#held.add(u16(b, end - 2))
    if (type !== CONNACK) return type !== PUBACK
    const code = b[at + 3] as number
    this.#accept({ code, sessionPresent: b[at + 2] === 1 })
    setImmediate(() => this.#begin(code))
    return this.#forwardConnack
  }

  #begin(code: number): void {
    if (code !== 0 || this.destroyed) return
    this.#open = true
    const early = this.#early
    this.#early = []
    if (early.length === 0 || this.push(Buffer.concat(early))) this.head.resumeAfterRoad()
  }
}

/** Where the packet at `at` ends, or 0 when it is not complete. */
function packetEnd(b: Buffer, at: number): number {
  let length = 0
  for (let i = 1; i <= 4 && at + i < b.length; i++) {
    const byte = b[at + i] as number
    length |= (byte & 127) << (7 * (i - 1))
    if (byte < 128) {
      const end = at + i + 1 + length
      return end <= b.length ? end : 0
    }
  }
  return 0
}
