import type { Socket } from 'node:net'

const LINGER_MS = 2_000

/**
 * Sockets that we have ended and whose clients have a moment to close on their own. What they still send is thrown
 * away, and however much that is, the moment is over after two seconds.
 */
export class Lingering {
  /** Until when, oldest first; monotonic ms. */
  readonly #until = new Map<Socket, number>()

  get size(): number {
    return this.#until.size
  }

  add(socket: Socket, now: number): void {
    if (socket.destroyed) return
    this.#until.set(socket, now + LINGER_MS)
    socket.once('close', () => this.#until.delete(socket))
    socket.removeAllListeners('data')
    socket.resume()
  }

  sweep(now: number): void {
    for (const [socket, until] of this.#until) {
      if (until > now) return
      socket.destroy()
    }
  }

  close(): void {
    for (const socket of this.#until.keys()) socket.destroy()
  }
}
