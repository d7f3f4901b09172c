import type { Attention } from '@quartier/contracts/api'
import type { Clock } from '@quartier/contracts/runtime'
import type { LiveSocket } from '../access/access.guard.ts'
import type { Scope } from '../access/scope.ts'
import type { AttentionBook } from './attention.ts'
import { keepsUp } from './keeps-up.ts'
import { send, textEvent } from './wire.ts'

/** Lines that are pushed; the rest is asked for. */
const PUSHED_MOST = 50
/** Rounds after which values are told anew though no line has changed. */
const VALUES_ROUNDS = 5

export interface AttentionFeedDeps {
  readonly book: AttentionBook
  readonly clock: Clock
  readonly bufferBytes: number
}

/** What is told to all who see the same zones. */
interface Told {
  /** As it travels: it is the same for everybody. */
  message: Buffer
  /** Of the lines without their values. */
  lines: string
  round: number
  version: number
}

/** Tells those who look at the map what needs a look: at most once a second, and made once for all who see the same. */
export class AttentionFeed {
  readonly #deps: AttentionFeedDeps
  /** By socket: the version that it was told. */
  readonly #watchers = new Map<LiveSocket, number>()
  readonly #told = new Map<string, Told>()
  #round = 0

  constructor(deps: AttentionFeedDeps) {
    this.#deps = deps
  }

  /** Tells the socket now, and from now on when something changes. */
  watch(socket: LiveSocket): void {
    if (this.#watchers.has(socket)) return
    this.#watchers.set(socket, 0)
    this.#tell(socket)
  }

  leave(socket: LiveSocket): void {
    this.#watchers.delete(socket)
  }

  /** Looks anew and tells whoever keeps up what has changed. */
  push(): void {
    const { book, clock } = this.#deps
    book.update(clock.now())
    this.#round++
    const keys = new Set<string>()
    for (const socket of this.#watchers.keys()) {
      keys.add(socket.data.person.scope.key)
      this.#tell(socket)
    }
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key)
  }

  #tell(socket: LiveSocket): void {
    const { message, version } = this.#toldTo(socket.data.person.scope)
    if (this.#watchers.get(socket) === version || !keepsUp(socket, this.#deps.bufferBytes)) return
    this.#watchers.set(socket, version)
    send(socket, message)
  }

  #toldTo(scope: Scope): Told {
    const { key } = scope
    const known = this.#told.get(key)
    if (known?.round === this.#round) return known
    const view = this.#deps.book.answer(scope, { limit: PUSHED_MOST, offset: 0 })
    const lines = linesOf(view)
    const isDue = this.#round % VALUES_ROUNDS === 0
    if (known && known.lines === lines && !isDue) {
      known.round = this.#round
      return known
    }
    const told = {
      message: textEvent('live:attention', view),
      lines,
      round: this.#round,
      version: (known?.version ?? 0) + 1,
    }
    this.#told.set(key, told)
    return told
  }
}

/** What must differ to be told at once. */
const linesOf = ({ counts, silentGateways, total, rows }: Attention): string =>
  JSON.stringify([
    counts,
    silentGateways,
    total,
    rows.map(({ id, series, assets, sinceAt }) => [id, series, assets, sinceAt]),
  ])
