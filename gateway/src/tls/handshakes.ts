import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls'
import type { Logger } from '@quartier/contracts/runtime'
import type { TlsConfig } from './config.ts'
import { type Material, readMaterial, ticketKeys } from './material.ts'
import { WorkTurns } from './turns.ts'

export interface HandshakeDeps {
  readonly config: TlsConfig
  /** Holds what the gateway makes itself. */
  readonly folder: string
  readonly logger: Logger
  /** How long a handshake may take, ms. */
  readonly timeoutMs: number
  readonly secured: (socket: TLSSocket) => void
  /** A handshake has failed, which may be anything from a lost network to an attack. */
  readonly failed: (reason: string, address: string | undefined) => void
}

/** How often files are looked at for a renewed certificate, and the clock for another day's tickets. */
const RENEW_MS = 60_000
/** Handshakes under way; more wait, since each takes several turns and all of them fail when none gets its last. */
const AT_ONCE = 128

/** Turns sockets into TLS ones. Client certificates are asked for and judged by the login, so that it can say what is wrong. */
export class Handshakes {
  readonly stats = { full: 0, resumed: 0, failed: 0 }
  /** Handshakes under way, and those that wait to be. */
  pending = 0
  material: Material
  readonly #deps: HandshakeDeps
  readonly #server: Server
  readonly #timer: NodeJS.Timeout
  readonly #turns = new WorkTurns(AT_ONCE, performance.now())
  readonly #turning: NodeJS.Timeout
  #waiting: Socket[] = []

  /** @throws QuartierError CONFIG_INVALID */
  constructor(deps: HandshakeDeps) {
    this.#deps = deps
    const { config, folder, timeoutMs } = deps
    this.material = readMaterial(config, folder, Date.now())
    this.#server = createServer({
      ...secureContext(deps, this.material),
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: timeoutMs,
    })
    this.#server.on('secureConnection', (socket) => {
      this.#ended()
      if (socket.isSessionReused()) this.stats.resumed++
      else this.stats.full++
      deps.secured(socket)
    })
    this.#server.on('tlsClientError', (error, socket) => {
      this.#ended()
      this.stats.failed++
      deps.failed((error as { code?: string }).code ?? error.message, socket.remoteAddress)
      socket.destroy()
    })
    this.#timer = setInterval(() => this.renew(), RENEW_MS)
    this.#timer.unref()
    this.#turning = setInterval(() => {
      this.#turns.tick(performance.now())
      this.#next()
    }, WorkTurns.tickMs)
    this.#turning.unref()
  }

  begin(socket: Socket): void {
    if (socket.destroyed) return
    this.pending++
    this.#waiting.push(socket)
    this.#next()
  }

  close(): void {
    clearInterval(this.#timer)
    clearInterval(this.#turning)
    for (const socket of this.#waiting) socket.destroy()
    this.#waiting = []
  }

  /** Files may have been replaced, and our own certificate comes of age. What cannot be read leaves things as they are. */
  renew(): void {
    const { config, folder, logger } = this.#deps
    try {
      const material = readMaterial(config, folder, Date.now())
      if (isSame(material, this.material))
        return void this.#server.setTicketKeys(ticketKeys(folder, material, Date.now()))
      this.#server.setSecureContext(secureContext(this.#deps, material))
      this.material = material
      logger.info({ expiresAt: material.expiresAt }, 'tls.certificate-renewed')
    } catch (error) {
      logger.error({ err: error }, 'tls.unreadable')
    }
  }

  /** Begins those whose turn has come, in the order in which they came. */
  #next(): void {
    while (this.#waiting.length > 0 && this.#turns.mayBegin) {
      const socket = this.#waiting.shift() as Socket
      if (socket.destroyed) {
        this.pending--
        continue
      }
      this.#turns.begin()
      this.#server.emit('connection', socket)
    }
  }

  #ended(): void {
    this.pending--
    this.#turns.end()
    if (this.#waiting.length > 0) this.#next()
  }
}

/** All of it each time: what is left out of a new context is not kept from the one before, ticket keys least of all. */
const secureContext = ({ config, folder }: HandshakeDeps, material: Material): SecureContextOptions => ({
  ...material.context,
  sessionTimeout: config.resumeS,
  // Nobody of MQTT needs it, and it lets a client make us work.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  sessionIdContext: 'quartier-mqtt',
  ticketKeys: ticketKeys(folder, material, Date.now()),
})

const isSame = (a: Material, b: Material): boolean => JSON.stringify(a) === JSON.stringify(b)
