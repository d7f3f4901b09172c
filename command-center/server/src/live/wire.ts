import type { LiveSocket } from '../access/access.guard.ts'

/**
 * Events in the bytes that travel: Socket.IO 5 in Engine.IO 4 in WebSocket. Made once they go to many sockets, and an event
 * with binary data, which is two messages, leaves in one write.
 */

const TEXT = 1
const BINARY = 2
/** Engine.IO: a message; then Socket.IO: an event, or one with a binary attachment that follows. */
const EVENT = '42'
const BINARY_EVENT = '451-'

/** An event with a payload of JSON. */
export function textEvent(name: string, payload: unknown): Buffer {
  const text = Buffer.from(EVENT + JSON.stringify([name, payload]))
  return Buffer.concat([Buffer.from(frameHeader(TEXT, text.length)), text])
}

/** Room for an event whose payload are `length` bytes, and where they begin in it. */
export function binaryEvent(name: string, length: number): { readonly bytes: Buffer; readonly payloadAt: number } {
  const first = announcementOf(name)
  const header = frameHeader(BINARY, length)
  const payloadAt = first.length + header.length
  const bytes = room(payloadAt + length)
  bytes.set(first)
  bytes.set(header, first.length)
  return { bytes, payloadAt }
}

/** Pieces are cut from this; thousands of buffers a second, each by itself, would cost more than what is in them. */
let slab = Buffer.alloc(0)
const SLAB_BYTES = 1 << 20

function room(bytes: number): Buffer {
  if (bytes > SLAB_BYTES / 4) return Buffer.allocUnsafe(bytes)
  if (slab.length < bytes) slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  const piece = slab.subarray(0, bytes)
  slab = slab.subarray(bytes)
  return piece
}

/** Hands whole messages of {@link textEvent} or {@link binaryEvent} to the connection. */
export function send(socket: LiveSocket, bytes: Buffer): void {
  const conn = socket.conn as unknown as EngineSocket
  conn.write('', { compress: false, wsPreEncodedFrame: [bytes] })
}

/** What Engine.IO offers to whoever has made the frames of a WebSocket, as the adapter of Socket.IO does for rooms. */
interface EngineSocket {
  write(data: string, options: { readonly compress: boolean; readonly wsPreEncodedFrame: readonly Buffer[] }): void
}

const announcements = new Map<string, Buffer>()

/** The message before the binary one. */
function announcementOf(name: string): Buffer {
  const known = announcements.get(name)
  if (known) return known
  const text = Buffer.from(BINARY_EVENT + JSON.stringify([name, { _placeholder: true, num: 0 }]))
  const made = Buffer.concat([Buffer.from(frameHeader(TEXT, text.length)), text])
  announcements.set(name, made)
  return made
}

/** Of a whole message from a server [RFC 6455 §5.2]. */
function frameHeader(opcode: number, length: number): number[] {
  const first = 0x80 | opcode
  if (length < 126) return [first, length]
  if (length < 65_536) return [first, 126, length >> 8, length & 0xff]
  const high = Math.floor(length / 2 ** 32)
  const bytes = [high, length >>> 0].flatMap((n) => [n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff])
  return [first, 127, ...bytes]
}
