import type { LiveTiles, LiveView } from '@quartier/contracts/api'
import { type Level, tickBytes, writeTick } from '@quartier/contracts/live'
import type { Clock } from '@quartier/contracts/runtime'
import type { LiveSocket } from '../access/access.guard.ts'
import { keepsUp } from './keeps-up.ts'
import type { Projection } from './projection.ts'
import type { Tile, TileBook } from './tile-book.ts'
import type { TileSections } from './tile-sections.ts'
import { binaryEvent, send } from './wire.ts'

/** Somebody who looks at the map. */
interface Viewer {
  readonly socket: LiveSocket
  readonly view: LiveView
  level: Level
  /** In the order in which they were told, with the revisions that the client knows. */
  tiles: readonly Tile[]
  revisions: readonly number[]
  /** Tiles of which the client holds nothing yet; `all` when it was passed over or asks again. */
  due: ReadonlySet<Tile> | 'all'
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
  /** How many look at each tile. */
  readonly #watched = new Map<Tile, number>()

  constructor(deps: TileFeedDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#viewers.size
  }

  /** Looks somewhere, instead of anywhere before. */
  view(socket: LiveSocket, view: LiveView): void {
    const held = this.#viewers.get(socket.id)
    const viewer: Viewer = { socket, view, level: view.level, tiles: [], revisions: [], due: new Set(), chosenIn: -1 }
    this.#viewers.set(socket.id, viewer)
    this.#choose(viewer, held)
    this.#tellTiles(viewer)
    if (this.#isInTime(viewer)) this.#send(viewer, this.#due(viewer))
  }

  leave(socket: LiveSocket): void {
    const viewer = this.#viewers.get(socket.id)
    if (!viewer) return
    this.#watch([], viewer.tiles)
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
    sections.turn(projection.tick, this.#watched.keys())
    // What is read again is no news: as a snapshot it counts in nobody's delays.
    const replayed = projection.replayedTick === projection.tick
    for (const viewer of this.#viewers.values()) {
      if (!this.#isInTime(viewer)) continue
      if (replayed) viewer.due = 'all'
      const { due } = viewer
      const out = this.#due(viewer)
      if (due !== 'all')
        for (const tile of viewer.tiles) {
          const section = sections.delta(tile)
          if (section && !due.has(tile)) out.push(section)
        }
      this.#send(viewer, out)
    }
  }

  /** New or moved series and assets: whoever sees other tiles now, or other rows in them, is told. */
  reselect(): void {
    const { book } = this.#deps
    book.update()
    for (const viewer of this.#viewers.values())
      if (viewer.chosenIn !== book.version && this.#choose(viewer, viewer)) this.#tellTiles(viewer)
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
    this.#watch(tiles, held?.tiles ?? [])
    viewer.level = level
    viewer.tiles = tiles
    viewer.revisions = revisions
    viewer.chosenIn = book.version
    return !same
  }

  /** Counts who looks at each tile. */
  #watch(tiles: readonly Tile[], before: readonly Tile[]): void {
    for (const tile of tiles) this.#watched.set(tile, (this.#watched.get(tile) ?? 0) + 1)
    for (const tile of before) {
      const left = (this.#watched.get(tile) ?? 0) - 1
      if (left > 0) this.#watched.set(tile, left)
      else {
        this.#watched.delete(tile)
        this.#deps.sections.forget(tile)
      }
    }
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

  /** Snapshots of the tiles that the client is due; then it is due none. */
  #due(viewer: Viewer): Uint8Array[] {
    const { sections, projection } = this.#deps
    const tiles = viewer.due === 'all' ? viewer.tiles : viewer.due
    const snapshots = Array.from(tiles, (tile) => sections.snapshot(tile, projection.tick))
    if (snapshots.length > 0) viewer.due = NONE
    return snapshots
  }

  #send({ socket, view }: Viewer, sections: readonly Uint8Array[]): void {
    if (sections.length === 0) return
    const { projection, clock, counts } = this.#deps
    const { bytes, payloadAt } = binaryEvent('live:tick', tickBytes(sections))
    writeTick(bytes, payloadAt, { platformAt: clock.now(), tick: projection.tick, view: view.view }, sections)
    send(socket, bytes)
    counts.sent++
    counts.bytes += bytes.length
  }
}

const NONE: ReadonlySet<Tile> = new Set()
