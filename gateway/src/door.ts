import { createServer, type Server, type Socket } from 'node:net'
import { TokenBucket } from './limits.ts'

export interface DoorDeps {
  readonly perSecond: number
  /** Whether there is room for one more. */
  readonly hasRoom: () => boolean
  /** A socket whose turn has come; it is paused. */
  readonly enter: (socket: Socket) => void
  readonly onError: (error: Error) => void
}

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** With other processes that listen there likewise. */
  readonly shared: boolean
}

/**
 * A listener that lets so many in per second. The others wait, and come in by turns of the addresses they come from:
 * one address that knocks a thousand times a second keeps nobody else out.
 */
export class Door {
  accepted = 0
  turnedAway = 0
  /** Sockets that wait. */
  waiting = 0
  readonly #deps: DoorDeps
  readonly #server: Server
  readonly #bucket: TokenBucket
  readonly #queues = new Map<string, Socket[]>()

  constructor(deps: DoorDeps) {
    this.#deps = deps
    this.#bucket = new TokenBucket(deps.perSecond, deps.perSecond, performance.now())
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#knock(socket))
  }

  /** Resolves with the port once clients can connect. */
  listen({ host, port, shared }: ListenOptions): Promise<number> {
    return new Promise((done, failed) => {
      this.#server.once('error', failed)
      this.#server.listen({ host, port, reusePort: shared, backlog: 4096 }, () => {
        this.#server.off('error', failed)
        this.#server.on('error', this.#deps.onError)
        done((this.#server.address() as { port: number }).port)
      })
    })
  }

  /** Nobody comes in any more. */
  close(): void {
    this.#server.close()
    for (const queue of this.#queues.values()) for (const socket of queue) socket.destroy()
    this.#queues.clear()
    this.waiting = 0
  }

  /** Lets in whose turn it is; to be called often. */
  admit(now: number): void {
    while (this.waiting > 0)
      for (const [address, queue] of this.#queues) {
        if (!this.#bucket.take(1, now)) return
        const socket = queue.shift() as Socket
        // Behind all the others of this round, so that the next call begins where this one ends.
        this.#queues.delete(address)
        if (queue.length > 0) this.#queues.set(address, queue)
        this.waiting--
        this.#deps.enter(socket)
      }
  }

  #knock(socket: Socket): void {
    if (!this.#deps.hasRoom()) {
      this.turnedAway++
      socket.destroy()
      return
    }
    this.accepted++
    socket.on('error', ignore)
    if (this.waiting === 0 && this.#bucket.take(1, performance.now())) {
      this.#deps.enter(socket)
      return
    }
    const address = socket.remoteAddress ?? ''
    const queue = this.#queues.get(address)
    if (queue) queue.push(socket)
    else this.#queues.set(address, [socket])
    this.waiting++
  }
}

function ignore(): void {
  // 'close' follows, which is all we need to know.
}
