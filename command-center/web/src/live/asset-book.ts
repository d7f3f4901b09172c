import type { AssetNode } from './registry.ts'

/** Assets that somebody has asked about, looked up by many at once. */
export interface AssetBook {
  /** `null`: there is none, or not for this person; `undefined`: not known yet. */
  get(id: string): AssetNode | null | undefined
  /** Looks it up unless it is known. */
  want(id: string): void
  learn(assets: Iterable<AssetNode>): void
  subscribe(listener: () => void): () => void
  /** Raised whenever something new is known. */
  readonly version: number
  close(): void
}

export interface AssetBookDeps {
  readonly fetchAssets: (ids: readonly string[], signal: AbortSignal) => Promise<readonly AssetNode[]>
  readonly later: (callback: () => void, ms: number) => void
}

/** Questions of so long a time go together. */
const GATHER_MS = 60
const AGAIN_MS = 5000
const AT_ONCE = 200
const KEPT_MOST = 20_000

export function createAssetBook({ fetchAssets, later }: AssetBookDeps): AssetBook {
  const known = new Map<string, AssetNode | null>()
  const wanted = new Set<string>()
  const listeners = new Set<() => void>()
  const abort = new AbortController()
  let version = 0
  let asking = false

  function tell(): void {
    version++
    for (const id of known.keys()) {
      if (known.size <= KEPT_MOST) break
      known.delete(id)
    }
    for (const listener of listeners) listener()
  }

  async function ask(): Promise<void> {
    const ids = [...wanted].slice(0, AT_ONCE)
    if (ids.length === 0 || abort.signal.aborted) {
      asking = false
      return
    }
    let pause = GATHER_MS
    try {
      const found = new Map((await fetchAssets(ids, abort.signal)).map((asset) => [asset.id, asset]))
      for (const id of ids) {
        wanted.delete(id)
        known.set(id, found.get(id) ?? null)
      }
      tell()
    } catch {
      // Asked again after a while: the connection's own notice says what is wrong.
      pause = AGAIN_MS
    }
    later(() => void ask(), pause)
  }

  return {
    get version() {
      return version
    },
    get: (id) => known.get(id),
    want(id) {
      if (known.has(id) || wanted.has(id)) return
      wanted.add(id)
      if (asking) return
      asking = true
      later(() => void ask(), GATHER_MS)
    },
    learn(assets) {
      let news = false
      for (const asset of assets) {
        if (known.get(asset.id) === asset) continue
        known.set(asset.id, asset)
        wanted.delete(asset.id)
        news = true
      }
      if (news) tell()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      abort.abort()
      listeners.clear()
    },
  }
}
