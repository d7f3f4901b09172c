import type { TileIndex } from '@quartier/contracts/api'
import type { TileFacts } from './tiles.ts'

export interface IndexDeps {
  readonly fetchIndex: (id: string, revision: number, signal: AbortSignal) => Promise<TileIndex>
  readonly onIndex: (index: TileIndex) => void
  /** Waits before what failed is asked for again. */
  readonly later: (callback: () => void) => void
}

/** What the rows of tiles are, asked for by tile and revision and kept for a while after they went out of sight. */
export interface Indexes {
  /** These are needed now; what is asked for and no longer needed is let go. */
  want(tiles: readonly TileFacts[]): void
  close(): void
}

const AT_ONCE = 6
/** Rows that are kept in memory beyond those in view. */
const KEPT_ROWS = 60_000

export function createIndexes({ fetchIndex, onIndex, later }: IndexDeps): Indexes {
  /** Least recently needed first. */
  const kept = new Map<string, TileIndex>()
  const asking = new Map<string, AbortController>()
  let queue: readonly TileFacts[] = []
  let closed = false

  function keep(name: string, index: TileIndex): void {
    kept.delete(name)
    kept.set(name, index)
    let rows = 0
    for (const one of [...kept.keys()].reverse()) {
      rows += rowsOf(kept.get(one)!)
      if (rows > KEPT_ROWS && one !== name) kept.delete(one)
    }
  }

  function ask(facts: TileFacts): void {
    const name = nameOf(facts)
    const abort = new AbortController()
    asking.set(name, abort)
    fetchIndex(facts.id, facts.revision, abort.signal).then(
      (index) => {
        if (abort.signal.aborted) return
        asking.delete(name)
        // Of another revision: a new list of tiles is on its way.
        queue = queue.filter((one) => nameOf(one) !== name)
        if (index.revision === facts.revision) keep(name, index)
        onIndex(index)
        next()
      },
      () => {
        if (abort.signal.aborted) return
        asking.delete(name)
        later(next)
      },
    )
  }

  function next(): void {
    if (closed) return
    for (const facts of queue) {
      if (asking.size >= AT_ONCE) return
      const name = nameOf(facts)
      if (!asking.has(name) && !kept.has(name)) ask(facts)
    }
  }

  return {
    want(tiles) {
      const names = new Set(tiles.map(nameOf))
      for (const [name, abort] of asking) {
        if (names.has(name)) continue
        abort.abort()
        asking.delete(name)
      }
      queue = tiles.filter((facts) => {
        const index = kept.get(nameOf(facts))
        if (index) {
          keep(nameOf(facts), index)
          onIndex(index)
        }
        return !index
      })
      next()
    },
    close() {
      closed = true
      for (const abort of asking.values()) abort.abort()
    },
  }
}

const nameOf = ({ id, revision }: TileFacts): string => `${revision} ${id}`

function rowsOf(index: TileIndex): number {
  if (index.level === 'district') return index.places.length
  return index.level === 'assets' ? index.assets.length : index.series.length + index.assets.length
}
