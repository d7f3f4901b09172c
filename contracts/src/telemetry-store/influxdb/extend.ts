import { QuartierError } from '../../errors.ts'
import { commitLine, placementLine, readMeta } from './meta.ts'
import { type Buckets, bucketsOfParts, migrate, type TierRetention } from './migrate.ts'
import { askAll, findCommit, newest, unavailable } from './open-meta.ts'
import { type InfluxServer, writeLines } from './server.ts'

export interface ExtendOptions {
  /** All servers, those that are there already and those that come. */
  readonly servers: readonly InfluxServer[]
  readonly bucket: string
  readonly copies?: number
  /** Into how many parts the store is divided; absent when it is not. */
  readonly parts?: number
  readonly retention?: TierRetention
  readonly timeoutMs?: number
}

/**
 * Spreads a store over more servers, or over more copies: a new generation takes the readings that come after the next
 * opening; what is there stays where it is, is found there, and expires there. Nothing is copied, and a writer that still
 * runs on the servers before loses nothing.
 * @throws QuartierError STORE_UNAVAILABLE unless all servers answer; STORE_PLACEMENT when one that holds readings is left out
 */
export async function extendInfluxStore(options: ExtendOptions): Promise<void> {
  // A failure half-way leaves some parts extended; extending them again adds a generation that changes nothing.
  for (const buckets of bucketsOfParts(options.bucket, options.parts)) await extend(options, buckets)
}

/**
 * Says beforehand, and without touching anything, what an opening would say.
 * @throws QuartierError STORE_UNAVAILABLE when no server answers; STORE_PLACEMENT when the store lies on others
 */
export async function checkInfluxStore(options: ExtendOptions): Promise<void> {
  const { servers, bucket, copies = 1, parts, timeoutMs = 10_000 } = options
  const [buckets] = bucketsOfParts(bucket, parts)
  if (buckets) await findCommit({ servers, copies, parts, buckets, timeoutMs })
}

async function extend(options: ExtendOptions, buckets: Buckets): Promise<void> {
  const { servers, copies = 1, parts, retention = {}, timeoutMs = 30_000 } = options
  const { heads, silent } = await askAll({ servers, copies, buckets, timeoutMs })
  if (silent.length > 0) throw unavailable('extend the store', silent)
  const best = newest(heads)
  if (!best) throw new QuartierError('STORE_PLACEMENT', `extend the store: there is none in ${buckets.meta}`)
  const names = servers.map((s) => s.name)
  const missing = best.head.generations.flatMap((g) => g.servers).filter((name) => !names.includes(name))
  if (missing.length > 0)
    throw new QuartierError('STORE_PLACEMENT', `extend the store: ${missing.join(', ')} holds readings and is left out`)
  const meta = await readMeta(best.server, buckets, best.head, { timeoutMs })
  const generations = placementLine([...meta.generations, { servers: names, copies, parts }])
  for (const { server, head } of heads) {
    await migrate(server, buckets, retention, { timeoutMs })
    // A commit of flush 0 says: everything else is still to come, and comes when the store is opened.
    const lines = head ? generations : generations + commitLine({ ...meta.commit, flush: 0 })
    await writeLines(server, buckets.meta, lines, { timeoutMs })
  }
}
