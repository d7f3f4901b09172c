import type { LiveTiles, LiveView } from '@quartier/contracts/api'
import { encodeTick, type Level } from '@quartier/contracts/live'
import type { Clock } from '@quartier/contracts/runtime'
import type { LiveSocket } from '../access/access.guard.ts'
import { keepsUp } from './keeps-up.ts'
import type { Projection } from './projection.ts'
import type { Tile, TileBook } from './tile-book.ts'
import type { TileSections } from './tile-sections.ts'

/** Somebody who looks at the map. */
interface Viewer {
  readonly socket: LiveSocket
  readonly view: LiveView
  level: Level
  /** In the order in which they were told, with the revisions that the client knows. */
  tiles: readonly Tile[]
  revisions: readonly number[]
  /** Tiles of which the client holds nothing yet; `all` when it was passed over or asks again. */
  due: Set<Tile> | 'all'
  /** Version of the book that the tiles were chosen from. */
  chosenIn: number
}

export interface TileFeedDeps {
  readonly projection: Projection
  readonly book: TileBook
  readonly sections: TileSections
  readonly clock: Clock
  readonly bufferBytes: number
  /** Messages sent, messages not sent because a connection did not keep up, and bytes. */
  readonly counts: { sent: number; skipped: number; bytes: number }
}

/** Everybody who looks at the map: told what is in view, and then what changes there. */
export class TileFeed {
  readonly #deps: TileFeedDeps
  readonly #viewers = new Map<string, Viewer>()

  constructor(deps: TileFeedDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#viewers.size
  }

  /** Looks somewhere, instead of anywhere before. */
  view(socket: LiveSocket, view: LiveView): void {
    this.#deps.book.update()
    const held = this.#viewers.get(socket.id)
    const viewer: Viewer = { socket, view, level: view.level, tiles: [], revisions: [], due: new Set(), chosenIn: -1 }
    this.#viewers.set(socket.id, viewer)
    this.#choose(viewer, held)
    this.#tellTiles(viewer)
    if (this.#isInTime(viewer)) this.#send(viewer, this.#due(viewer))
  }

  leave(socket: LiveSocket): void {
    this.#viewers.delete(socket.id)
  }

  /** The client wants everything again. */
  resync(socket: LiveSocket): void {
    const viewer = this.#viewers.get(socket.id)
    if (viewer) viewer.due = 'all'
  }

  /** Tells everybody what has changed in the tick that ends. */
  push(): void {
    const { projection, sections } = this.#deps
    sections.turn()
    // What is read again is no news: as a snapshot it counts in nobody's delays.
    const replayed = projection.replayedTick === projection.tick
    for (const viewer of this.#viewers.values()) {
      if (!this.#isInTime(viewer)) continue
      if (replayed) viewer.due = 'all'
      const due = this.#due(viewer)
      for (const tile of viewer.tiles) {
        if (due.has(tile)) continue
        const section = sections.delta(tile, projection.tick)
        if (section) due.set(tile, section)
      }
      this.#send(viewer, due)
    }
  }

  /** New or moved series and assets: whoever sees other tiles now, or other rows in them, is told. */
  reselect(): void {
    const { book, sections } = this.#deps
    book.update()
    for (const viewer of this.#viewers.values())
      if (viewer.chosenIn !== book.version && this.#choose(viewer, viewer)) this.#tellTiles(viewer)
    sections.keep(new Set(Array.from(this.#viewers.values(), ({ tiles }) => tiles.map((t) => t.number)).flat()))
  }

  /** Chooses the tiles of a view; `true` when they are others than those that the client was told of. */
  #choose(viewer: Viewer, held: Viewer | undefined): boolean {
    const { book } = this.#deps
    const { level, tiles } = book.select(viewer.view, viewer.socket.data.person.scope)
    const revisions = tiles.map((tile) => book.rowsOf(tile).revision)
    const known = new Map(held?.tiles.map((tile, i) => [tile, held.revisions[i]]))
    const due = new Set(tiles.filter((tile, i) => known.get(tile) !== revisions[i]))
    const same = due.size === 0 && tiles.length === known.size && level === viewer.level
    if (held?.due === 'all') viewer.due = 'all'
    else {
      const chosen = new Set(tiles)
      for (const tile of held?.due ?? []) if (chosen.has(tile)) due.add(tile)
      viewer.due = due
    }
    viewer.level = level
    viewer.tiles = tiles
    viewer.revisions = revisions
    viewer.chosenIn = book.version
    return !same
  }

  #tellTiles({ socket, view, level, tiles, revisions }: Viewer): void {
    const message: LiveTiles = {
      view: view.view,
      level,
      tiles: tiles.map((tile, i) => {
        const { number, id, zoneId, system } = tile
        const { rows, series } = this.#deps.book.rowsOf(tile)
        const revision = revisions[i] as number
        return { tile: number, id, level: tile.level, revision, zoneId, system, rows: rows.length, series }
      }),
    }
    socket.emit('live:tiles', message)
  }

  /** Whether the connection keeps up; one that does not is passed over and is due everything. */
  #isInTime(viewer: Viewer): boolean {
    if (keepsUp(viewer.socket, this.#deps.bufferBytes)) return true
    viewer.due = 'all'
    this.#deps.counts.skipped++
    return false
  }

  /** Snapshots of the tiles that the client is due. */
  #due(viewer: Viewer): Map<Tile, Uint8Array> {
    const { sections, projection } = this.#deps
    const tiles = viewer.due === 'all' ? viewer.tiles : viewer.due
    const found = new Map<Tile, Uint8Array>()
    for (const tile of tiles) found.set(tile, sections.snapshot(tile, projection.tick))
    if (found.size > 0) viewer.due = new Set()
    return found
  }

  #send({ socket, view }: Viewer, sections: ReadonlyMap<Tile, Uint8Array>): void {
    if (sections.size === 0) return
    const { projection, clock, counts } = this.#deps
    const head = { platformAt: clock.now(), tick: projection.tick, view: view.view }
    const bytes = encodeTick(head, [...sections.values()])
    socket.emit('live:tick', Buffer.from(bytes.buffer))
    counts.sent++
    counts.bytes += bytes.length
  }
}
