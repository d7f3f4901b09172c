import type { LiveSubscribe, PlatformView } from '@quartier/contracts/api'
import { LIVE_SERIES_MAX } from '@quartier/contracts/api'
import type { Clock } from '@quartier/contracts/runtime'
import type { LiveSocket } from '../access/access.guard.ts'
import type { Person, Sessions } from '../access/sessions.ts'
import { keepsUp, unsent } from './keeps-up.ts'
import type { Projection } from './projection.ts'
import { Watch } from './watch.ts'
import { send, textEvent } from './wire.ts'
import type { ZoneIndex } from './zone-index.ts'

const CHUNK = 2000

interface Client {
  readonly socket: LiveSocket
  watch: Watch | undefined
  subscription: number
  /** The client does not hold the index of its watch yet. */
  indexDue: boolean
  /** Was skipped because its connection did not keep up: needs a snapshot. */
  behind: boolean
}

export interface FeedDeps {
  readonly projection: Projection
  readonly zones: ZoneIndex
  readonly sessions: Sessions
  readonly clock: Clock
  readonly bufferBytes: number
}

/** Everybody who watches: pushes frames of what changed, and skips those whose connection does not keep up. */
export class LiveFeed {
  readonly #deps: FeedDeps
  readonly #clients = new Map<string, Client>()
  /** Frames sent, frames not sent because a connection did not keep up, and bytes. */
  readonly counts = { sent: 0, skipped: 0, bytes: 0 }
  #revision = ''

  constructor(deps: FeedDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#clients.size
  }

  /** Bytes that wait for the slowest connection. */
  get mostUnsentBytes(): number {
    return Math.max(0, ...Array.from(this.#clients.values(), ({ socket }) => unsent(socket).bytes))
  }

  join(socket: LiveSocket): void {
    this.#clients.set(socket.id, { socket, watch: undefined, subscription: 0, indexDue: false, behind: false })
  }

  leave(socket: LiveSocket): void {
    this.#clients.delete(socket.id)
  }

  subscribe(socket: LiveSocket, request: LiveSubscribe): void {
    const client = this.#clients.get(socket.id)
    if (!client) return
    const { limit = LIVE_SERIES_MAX, assetIds, ...rest } = request
    const { assets: numbers } = this.#deps.projection.table
    const assets = assetIds && new Set(assetIds.flatMap((id) => numbers.find(id) ?? []))
    client.watch = new Watch({ ...rest, assets }, limit, socket.data.person.scope)
    client.watch.reselect(this.#deps.projection.table, this.#deps.zones)
    client.indexDue = true
    this.#pushTo(client, this.#deps.projection.tick - 1, this.#deps.clock.now())
  }

  unsubscribe(socket: LiveSocket): void {
    const client = this.#clients.get(socket.id)
    if (client) client.watch = undefined
  }

  resync(socket: LiveSocket): void {
    this.#clients.get(socket.id)?.watch?.askSnapshot()
  }

  /** Disconnects those people's sockets: signed out, disabled, or changed. */
  dismiss(who: (person: Person) => boolean): void {
    for (const { socket } of this.#clients.values()) if (who(socket.data.person)) socket.disconnect(true)
  }

  /** Sends everybody what changed since the last call. */
  push(): void {
    const { projection, clock } = this.#deps
    const platformAt = clock.now()
    // What is read again is no news: as a snapshot it counts in nobody's delays.
    if (projection.replayedTick === projection.tick)
      for (const { watch } of this.#clients.values()) watch?.askSnapshot()
    for (const client of this.#clients.values()) this.#pushTo(client, projection.tick, platformAt)
    projection.tick++
  }

  /** Sends the health strip, made once for all who see the same zones. */
  tell(viewFor: (person: Person) => PlatformView): void {
    const made = new Map<string, Buffer>()
    for (const { socket } of this.#clients.values()) {
      if (!keepsUp(socket, this.#deps.bufferBytes)) continue
      const { person } = socket.data
      const { key } = person.scope
      const message = made.get(key) ?? textEvent('platform', viewFor(person))
      made.set(key, message)
      send(socket, message)
    }
  }

  /** New or moved series: watchers whose selection changed get a new index. */
  reselect(): void {
    const { projection, zones } = this.#deps
    zones.update()
    const revision = `${projection.table.revision} ${zones.version}`
    if (revision === this.#revision) return
    this.#revision = revision
    for (const client of this.#clients.values())
      if (client.watch?.reselect(projection.table, zones)) client.indexDue = true
  }

  /** Sends away whose session ended, and whose rights have changed since they connected. */
  async revalidate(): Promise<void> {
    for (const { socket } of [...this.#clients.values()]) {
      const before = socket.data.person
      const now = await this.#deps.sessions.find(before.token)
      if (!now || JSON.stringify(now.user) !== JSON.stringify(before.user)) socket.disconnect(true)
    }
  }

  #pushTo(client: Client, tick: number, platformAt: number): void {
    const { watch, socket } = client
    if (!watch) return
    if (!keepsUp(socket, this.#deps.bufferBytes)) {
      client.behind = true
      this.counts.skipped++
      return
    }
    if (client.indexDue) this.#sendIndex(client, watch)
    if (client.behind) watch.askSnapshot()
    client.behind = false
    const frame = watch.frame(this.#deps.projection.table, tick, platformAt)
    if (!frame) return
    socket.emit('live:frame', Buffer.from(frame))
    this.counts.sent++
    this.counts.bytes += frame.byteLength
  }

  #sendIndex(client: Client, watch: Watch): void {
    client.subscription++
    client.indexDue = false
    const { total, places } = watch
    const chunks = Math.max(1, Math.ceil(places.length / CHUNK))
    const capped = total > places.length
    const message = capped
      ? `${total} series match, the first ${places.length} are sent. Narrow the selection, or use GET /api/zones for the rest.`
      : ''
    let chunk = 0
    for (const part of watch.chunks(this.#deps.projection.table, CHUNK))
      client.socket.emit('live:index', {
        subscription: client.subscription,
        chunk: chunk++,
        chunks,
        total,
        capped,
        message,
        ...part,
      })
  }
}
