import type { EventView, LiveEvents } from '@quartier/contracts/api'
import type { EventReader } from '@quartier/contracts/event-store'
import type { LiveSocket } from '../access/access.guard.ts'

/** Events of one message at most: the worst of the newest. */
const MOST = 200
const REMEMBERED = 5000
const ORDER = ['info', 'notice', 'warning', 'critical']

export interface EventFeedDeps {
  readonly events: Pick<EventReader, 'arrivals'>
  /** Whether a connection keeps up with what it is sent. */
  readonly keepsUp: (socket: LiveSocket) => boolean
}

/** Tells those who watch what events were stored, each once and only to those who see its zone. */
export class EventFeed {
  readonly #deps: EventFeedDeps
  readonly #watchers = new Map<string, LiveSocket>()
  #cursor: string | undefined
  #seen = new Set<string>()
  #before = new Set<string>()

  constructor(deps: EventFeedDeps) {
    this.#deps = deps
  }

  subscribe(socket: LiveSocket): void {
    this.#watchers.set(socket.id, socket)
  }

  unsubscribe(socket: LiveSocket): void {
    this.#watchers.delete(socket.id)
  }

  /** Looks for what is new and tells it; to be called a few times a second. */
  async push(): Promise<void> {
    if (this.#watchers.size === 0) {
      this.#cursor = undefined
      return
    }
    const { events, cursor } = await this.#deps.events.arrivals(this.#cursor)
    this.#cursor = cursor
    const news = events.filter((event) => this.#isNew(event.id)) as EventView[]
    if (news.length === 0) return
    for (const socket of this.#watchers.values()) {
      if (!this.#deps.keepsUp(socket)) continue
      const { scope } = socket.data.person
      const visible = news.filter((e) => scope.sees(e.zoneId ?? undefined))
      if (visible.length > 0) socket.emit('events:new', worstOf(visible))
    }
  }

  #isNew(id: string): boolean {
    if (this.#seen.has(id) || this.#before.has(id)) return false
    if (this.#seen.size >= REMEMBERED) {
      this.#before = this.#seen
      this.#seen = new Set()
    }
    this.#seen.add(id)
    return true
  }
}

function worstOf(events: readonly EventView[]): LiveEvents {
  if (events.length <= MOST) return { events, left: 0 }
  const ranked = events.map((event, i) => ({ event, i, rank: ORDER.indexOf(event.severity) }))
  const kept = ranked.sort((a, b) => b.rank - a.rank || b.i - a.i).slice(0, MOST)
  return { events: kept.sort((a, b) => a.i - b.i).map(({ event }) => event), left: events.length - MOST }
}
