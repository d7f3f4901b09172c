import type { INestApplicationContext } from '@nestjs/common'
import { IoAdapter } from '@nestjs/platform-socket.io'
import type { Server, ServerOptions } from 'socket.io'
import { denied, type LiveSocket, sameHost } from '../access/access.guard.ts'
import { type Sessions, tokenIn } from '../access/sessions.ts'

const SOCKETS_PER_PERSON = 32

/** Socket.IO for people who are signed in: WebSocket only, no compression, our own pages only. */
export class LiveAdapter extends IoAdapter {
  readonly #sessions: Sessions

  constructor(app: INestApplicationContext, sessions: Sessions) {
    super(app)
    this.#sessions = sessions
  }

  override createIOServer(port: number, options?: ServerOptions): Server {
    const server = super.createIOServer(port, {
      ...options,
      transports: ['websocket'],
      allowUpgrades: false,
      perMessageDeflate: false,
      httpCompression: false,
      serveClient: false,
      maxHttpBufferSize: 2_000_000,
      pingInterval: 10_000,
      pingTimeout: 15_000,
      allowRequest: ({ headers }, decide) => {
        decide(null, headers.origin === undefined || sameHost(headers.origin, headers.host))
      },
    } as ServerOptions)
    server.use((socket, next) => {
      this.#admit(socket as LiveSocket, server).then(() => next(), next)
    })
    return server
  }

  async #admit(socket: LiveSocket, server: Server): Promise<void> {
    const person = await this.#sessions.find(tokenIn(socket.handshake.headers.cookie))
    if (!person) throw told(denied('SESSION_REQUIRED'))
    const { name } = person.user
    const theirs = [...server.sockets.sockets.values()].filter((s) => (s as LiveSocket).data.person?.user.name === name)
    if (theirs.length >= SOCKETS_PER_PERSON)
      throw new Error(`More than ${SOCKETS_PER_PERSON} connections of one person.`)
    socket.data.person = person
  }
}

/** Socket.IO hands `data` of a middleware's error to the client. */
const told = (problem: ReturnType<typeof denied>): Error =>
  Object.assign(new Error(problem.message), { data: problem.body('socket') })
