import { QuartierError } from '../../errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { SeriesId } from '../../series/id.ts'
import { UNKNOWN } from '../series-table.ts'
import { Catalog } from './catalog.ts'
import { Fleet } from './fleet.ts'
import { type Commit, readDefinitions } from './meta.ts'
import { type Buckets, findBucket } from './migrate.ts'
import { askAll, newest, unavailable } from './open-meta.ts'
import { type Generation, place } from './placement.ts'
import type { Sources } from './read.ts'
import type { CallOptions, InfluxServer } from './server.ts'

export interface ViewerOptions {
  readonly servers: readonly InfluxServer[]
  /** By part of the store: the buckets that it is written to. */
  readonly parts: readonly Buckets[]
  readonly clock: Clock
  readonly logger: Logger
  readonly timeoutMs: number
}

/** A part of the store as of a commit of its writer. */
export interface PartView {
  readonly buckets: Buckets
  readonly commit: Commit
  readonly generations: readonly Generation[]
  /** Where the commit was read. */
  readonly server: InfluxServer
  /** The writer's ordinals of its series, as places in {@link View.catalog}. */
  readonly ordinals: number[]
}

/** The store as of the last commits of its writers. */
export interface View extends Sources {
  readonly parts: readonly PartView[]
  /** All parts together. */
  readonly total: Pick<Commit, 'position' | 'readings' | 'oldestAt' | 'newestAt'>
  readonly clock: Clock
  /** How long raw readings are kept, ms. */
  readonly rawMs: number
}

/** For how long nobody looks again for series that are not known, ms. */
const LOOK_AGAIN_MS = 500
/** How long a server may take to tell its last commit, ms. */
const LOOK_MS = 5_000
/** Between reading a commit and what belongs to it, the writer may overwrite the latter. */
const ATTEMPTS = 3

/** Follows what the writers of a store commit, when somebody asks. */
export class Viewer {
  readonly #options: ViewerOptions
  #view: View | undefined
  #looking: Promise<View> | undefined
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(options: ViewerOptions) {
    this.#options = options
  }

  /** Looks at the last commit and takes over what is new in it; those who ask at one time share a look. */
  look(): Promise<View> {
    this.#looking ??= insist(() => this.#look()).finally(() => {
      this.#looking = undefined
      this.#lookedAt = performance.now()
    })
    return this.#looking
  }

  /** What is known, after another look when one of these series is not. */
  async knowing(ids: readonly SeriesId[]): Promise<View> {
    const view = this.#view
    const isKnown = view && ids.every(({ lo, hi }) => view.catalog.table.find(lo, hi) !== UNKNOWN)
    return isKnown ? view : this.recent(LOOK_AGAIN_MS)
  }

  /** A view that is at most `ageMs` old. */
  async recent(ageMs: number): Promise<View> {
    return this.#view && performance.now() - this.#lookedAt < ageMs ? this.#view : this.look()
  }

  close(): void {
    this.#view?.fleet.stop()
  }

  async #look(): Promise<View> {
    const { parts, clock } = this.#options
    const heads = await Promise.all(parts.map((buckets) => this.#headOf(buckets)))
    const before = this.#view
    // A store that is younger than what is known was begun anew.
    const isSame =
      before !== undefined && heads.every(({ head }, i) => (before.parts[i]?.commit.flush ?? 0) <= head.commit.flush)
    const known = isSame ? before : undefined
    const news = await Promise.all(
      heads.map(({ head, server, buckets }, i) =>
        readDefinitions(
          server,
          buckets,
          known?.parts[i]?.commit.definitions ?? 0,
          head.commit.definitions,
          this.#options,
        ),
      ),
    )
    // All of it is here: what is learnt is learnt whole, also when the next look fails.
    const catalog = known?.catalog ?? new Catalog()
    const views = heads.map(({ head, server, buckets }, i) => {
      const ordinals = learn(catalog, news[i]?.definitions ?? [], known?.parts[i]?.ordinals ?? [])
      return { ...head, server, buckets, ordinals }
    })
    const [{ generations, server, buckets }] = views as unknown as [PartView]
    const isPlaced = isSame && JSON.stringify(before.parts[0]?.generations) === JSON.stringify(generations)
    const { placement, fleet } = isPlaced ? before : this.#layOut(generations)
    const rawMs = isSame ? before.rawMs : await retentionOf(server, buckets.raw, this.#options)
    this.#view = { catalog, placement, fleet, buckets, parts: views, total: totalOf(views), clock, rawMs }
    return this.#view
  }

  async #headOf(buckets: Buckets): Promise<Head> {
    const { servers, timeoutMs } = this.#options
    const { heads, silent } = await askAll({ servers, copies: 1, buckets, timeoutMs: Math.min(timeoutMs, LOOK_MS) })
    const best = newest(heads)
    if (!best) throw unavailable(`open the store: nobody has written to ${buckets.meta} yet`, silent)
    return { ...best, buckets }
  }

  #layOut(generations: readonly Generation[]): Pick<View, 'placement' | 'fleet'> {
    const { servers, parts, logger, timeoutMs } = this.#options
    const buckets = parts[0] as Buckets
    const names = servers.map((s) => s.name)
    const absent = generations.flatMap((g) => g.servers).filter((name) => !names.includes(name))
    if (absent.length > 0)
      throw new QuartierError('STORE_PLACEMENT', `open the store: ${absent.join(', ')} holds readings and is left out`)
    const placement = place(generations)
    this.#view?.fleet.stop()
    const unused = { batchLines: 1, lingerMs: 0, maxWaitingBytes: 1, patienceMs: 0 } // nothing is ever written
    return { placement, fleet: new Fleet({ servers, placement, buckets, logger, timeoutMs, ...unused }) }
  }
}

/** Takes over definitions of a part; adds to the places of its series those of the new ones. */
function learn(catalog: Catalog, definitions: readonly Uint8Array[], ordinals: number[]): number[] {
  for (const block of definitions) {
    let next = catalog.table.size
    catalog.table.restore(block)
    while (next < catalog.table.size) ordinals.push(next++)
  }
  catalog.index()
  return ordinals
}

interface Head {
  readonly buckets: Buckets
  readonly server: InfluxServer
  readonly head: Pick<PartView, 'commit' | 'generations'>
}

function totalOf(parts: readonly PartView[]): View['total'] {
  const commits = parts.map(({ commit }) => commit)
  const known = (times: readonly (number | null)[]) => times.filter((at) => at !== null)
  const oldest = known(commits.map((c) => c.oldestAt))
  const newestOnes = known(commits.map((c) => c.newestAt))
  return {
    position: Object.assign({}, ...commits.map((c) => c.position)) as Commit['position'],
    readings: commits.reduce((sum, c) => sum + c.readings, 0),
    oldestAt: oldest.length > 0 ? Math.min(...oldest) : null,
    newestAt: newestOnes.length > 0 ? Math.max(...newestOnes) : null,
  }
}

/** Does it again when the writer has overwritten, since the commit was read, what belongs to it. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if ((error as { code?: string }).code !== 'STORE_CORRUPT' || attempt === ATTEMPTS) throw error
    }
  }
}

/** How long a bucket keeps readings, ms. */
async function retentionOf(server: InfluxServer, bucket: string, options: CallOptions): Promise<number> {
  const found = await findBucket(server, bucket, options)
  return (found?.retentionRules[0]?.everySeconds ?? 0) * 1000 || Number.POSITIVE_INFINITY
}
