import type { LiveSocket } from '../access/access.guard.ts'

/** Whether the last messages have left for the kernel, or little enough waits. */
export function keepsUp(socket: LiveSocket, bufferBytes: number): boolean {
  const { bytes, queued } = unsent(socket)
  return bytes === 0 || (bytes <= bufferBytes && queued === 0)
}

/** What Socket.IO has taken and not handed to the kernel yet: bytes written, and messages queued behind them. */
export function unsent(socket: LiveSocket): { bytes: number; queued: number } {
  const { writeBuffer, transport } = socket.conn as unknown as {
    writeBuffer: readonly unknown[]
    transport: { socket?: { bufferedAmount: number } }
  }
  return { bytes: transport.socket?.bufferedAmount ?? 0, queued: writeBuffer.length }
}
