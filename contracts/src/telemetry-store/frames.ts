import { deserialize, serialize } from 'node:v8'

/** Frames between the processes of one installation: u32 little-endian length, then a value in V8's own serialization. */
export interface CallFrame {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

export interface ReplyFrame {
  readonly id: number
  readonly value?: unknown
  readonly progress?: number
  readonly error?: { readonly code: string; readonly message: string; readonly retriable: boolean }
}

/** A frame longer than this is a broken peer. */
const MAX_FRAME = 1 << 30

export function encodeFrame(frame: CallFrame | ReplyFrame): Buffer {
  const body = serialize(frame)
  const out = Buffer.allocUnsafe(4 + body.length)
  out.writeUInt32LE(body.length, 0)
  body.copy(out, 4)
  return out
}

/** Takes chunks of a stream and hands on whole frames; `false` when the stream is no stream of frames. */
export function createFrameReader(onFrame: (frame: unknown) => void): (chunk: Buffer) => boolean {
  const head = Buffer.alloc(4)
  let headLength = 0
  let body: Buffer | undefined
  let filled = 0
  return (chunk) => {
    let at = 0
    while (at < chunk.length) {
      if (!body) {
        const n = chunk.copy(head, headLength, at, at + 4 - headLength)
        headLength += n
        at += n
        if (headLength < 4) return true
        const length = head.readUInt32LE(0)
        if (length === 0 || length > MAX_FRAME) return false
        body = Buffer.allocUnsafeSlow(length)
        filled = 0
        headLength = 0
      }
      const n = chunk.copy(body, filled, at)
      filled += n
      at += n
      if (filled < body.length) return true
      const whole = body
      body = undefined
      try {
        onFrame(deserialize(whole))
      } catch {
        return false
      }
    }
    return true
  }
}
