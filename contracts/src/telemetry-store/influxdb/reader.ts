import { QuartierError } from '../../errors.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Logger, silentLogger } from '../../runtime/logger.ts'
import type { SeriesId } from '../../series/id.ts'
import type { LastValues, StoreUsage, TelemetryStore } from '../port.ts'
import { UNKNOWN } from '../series-table.ts'
import { emptyLast, readRanges } from './answers.ts'
import { exportReadings } from './export.ts'
import { GREATEST_TIME, LEAST_TIME } from './flux.ts'
import { readStates } from './meta.ts'
import { bucketsOfParts } from './migrate.ts'
import { readNewest } from './read.ts'
import { readWindowsOutside } from './reader-windows.ts'
import type { InfluxServer } from './server.ts'
import { SeriesState, STATE_BLOCK } from './state.ts'
import { diskUsage } from './usage.ts'
import { insist, type PartView, type View, Viewer } from './view.ts'

export interface InfluxReaderOptions {
  /** All servers that hold readings of the store. */
  readonly servers: readonly InfluxServer[]
  readonly bucket: string
  /** Into how many parts the store is divided among its writers; absent when it is not. */
  readonly parts?: number
  readonly clock: Clock
  readonly logger?: Logger
  /** How long one request may take, ms. */
  readonly timeoutMs?: number
}

/** How old the view that `usage` tells may be, and the space in use, ms. */
const USAGE_MS = 2_000
const DISK_MS = 30_000
const DAY = 86_400_000

/**
 * The store for those who do not write it, in any number, straight from the servers. Readings are seen once the servers
 * have them; series, and what `position`, `usage` and `last` of all series tell, as of the writer's last flush. Late
 * readings and corrections, too, come with a flush.
 * @throws QuartierError STORE_UNAVAILABLE, retriable, when no server answers or nobody has begun the store;
 *   STORE_PLACEMENT when a server that holds readings is left out; STORE_READ_ONLY from what writes
 */
export async function openInfluxReader(options: InfluxReaderOptions): Promise<TelemetryStore> {
  const { servers, clock, logger = silentLogger, timeoutMs = 30_000 } = options
  const parts = bucketsOfParts(options.bucket, options.parts)
  const viewer = new Viewer({ servers, parts, clock, logger, timeoutMs })
  await viewer.look()
  const names = [...new Set(parts.flatMap((buckets) => Object.values(buckets)))]
  const disk = spaceInUse(() => diskUsage(servers, names, { timeoutMs }))
  let closed = false
  const call = async <T>(what: string, body: () => T | Promise<T>): Promise<T> => {
    if (closed) throw new QuartierError('STORE_CLOSED', `${what}: the store is closed`)
    return body()
  }
  const refuse = (what: string) =>
    call<never>(what, () => {
      throw new QuartierError('STORE_READ_ONLY', `${what}: this process only reads the store`)
    })
  return {
    supports: { atomicPosition: false, sql: false, exactDuplicateCounts: false },
    position: () => call('position', async () => (await viewer.look()).total.position),
    define: () => refuse('define'),
    write: () => refuse('write'),
    flush: () => refuse('flush'),
    takeCounts: () => refuse('takeCounts'),
    last: (ids) => call('last', () => (ids ? lastOf(viewer, ids, timeoutMs) : lastOfAll(viewer, timeoutMs))),
    range: (ids, from, to, limit) =>
      call('range', async () => readRanges(await viewer.knowing(ids), ids, from, to, limit)),
    windows: (ids, from, to, stepMs) =>
      call('windows', async () => readWindowsOutside(await viewer.knowing(ids), ids, { from, to, stepMs })),
    export: (request, onProgress) =>
      call('export', async () => {
        const view = await viewer.look()
        const { readings, oldestAt, newestAt } = view.total
        const share = Math.min(1, (request.to - request.from) / Math.max(DAY, (newestAt ?? 0) - (oldestAt ?? 0)))
        return exportReadings(view, request, (readings * share) / Math.max(1, view.catalog.size), onProgress)
      }),
    series: () =>
      call('series', async () => {
        const { table, size } = (await viewer.look()).catalog
        return Array.from({ length: size }, (_, o) => table.meta(o))
      }),
    usage: () => call('usage', async () => usageOf(await viewer.recent(USAGE_MS), await disk())),
    async close() {
      closed = true
      viewer.close()
    },
  }
}

interface Last {
  readonly at: number
  readonly receivedAt: number
  readonly value: number
  readonly quality: number
}

/** Values of some series: from the readings, and from the writer's state where these are no longer kept. */
async function lastOf(viewer: Viewer, ids: readonly SeriesId[], timeoutMs: number): Promise<LastValues> {
  const view = await viewer.knowing(ids)
  const out = emptyLast(ids)
  const rows = new Map<number, number[]>()
  ids.forEach(({ lo, hi }, row) => {
    const o = view.catalog.table.find(lo, hi)
    if (o !== UNKNOWN) rows.set(o, [...(rows.get(o) ?? []), row])
  })
  const take = (o: number, last: Last) => {
    for (const row of rows.get(o) ?? []) setLast(out, row, last)
    rows.delete(o)
  }
  for (const [o, { at, value, quality, delayMs }] of await readNewest(view, rows.keys(), LEAST_TIME, GREATEST_TIME))
    take(o, { at, receivedAt: at + delayMs, value, quality })
  if (rows.size > 0)
    await insist(async () => {
      for (const part of (await viewer.look()).parts)
        for (const block of blocksWith(part, rows)) await eachState(part, block, block + 1, timeoutMs, take)
    })
  return out
}

/** The blocks of a part's state in which some of these series stand. */
function blocksWith({ ordinals }: PartView, wanted: ReadonlyMap<number, unknown>): Set<number> {
  const blocks = new Set<number>()
  for (const [local, o] of ordinals.entries()) if (wanted.has(o)) blocks.add(Math.floor(local / STATE_BLOCK))
  return blocks
}

/** As of the last commit: the servers would take half a minute for what the writer's state tells at once. */
function lastOfAll(viewer: Viewer, timeoutMs: number): Promise<LastValues> {
  return insist(async () => {
    const view = await viewer.look()
    const { table, size } = view.catalog
    const out = emptyLast(Array.from({ length: size }, (_, o) => table.id(o)))
    for (const part of view.parts)
      await eachState(part, 0, part.commit.blocks, timeoutMs, (o, last) => {
        if (o < size) setLast(out, o, last)
      })
    return out
  })
}

/** The last value of each series that has one in the blocks `[from, to)` of the state of a part's writer. */
async function eachState(
  { server, commit, buckets, ordinals }: PartView,
  from: number,
  to: number,
  timeoutMs: number,
  take: (ordinal: number, last: Last) => void,
): Promise<void> {
  const end = Math.min(to, commit.blocks)
  if (from >= end) return
  const { blocks } = await readStates(server, buckets, commit, [from, end], { timeoutMs })
  const state = new SeriesState()
  for (const [block, { text }] of blocks) {
    state.restoreBlock(0, text)
    for (let i = 0; i < STATE_BLOCK; i++) {
      const at = state.measuredAt[i] as number
      const ordinal = ordinals[block * STATE_BLOCK + i]
      if (at === Number.NEGATIVE_INFINITY || ordinal === undefined) continue
      const [receivedAt, value, quality] = [state.receivedAt[i], state.value[i], state.quality[i]] as number[]
      take(ordinal, { at, receivedAt, value, quality } as Last)
    }
  }
}

function setLast(out: LastValues, i: number, { at, receivedAt, value, quality }: Last): void {
  out.measuredAt[i] = at
  out.receivedAt[i] = receivedAt
  out.value[i] = value
  out.quality[i] = quality
}

interface Space {
  readonly files: number
  readonly bytes: number
}

/** Asked for seldom: servers tell it among all their metrics. */
function spaceInUse(ask: () => Promise<Space>): () => Promise<Space> {
  let known: Promise<Space> | undefined
  let askedAt = 0
  return () => {
    if (!known || performance.now() - askedAt > DISK_MS) {
      askedAt = performance.now()
      known = ask()
      known.catch(() => {
        known = undefined
      })
    }
    return known
  }
}

function usageOf({ total, catalog, rawMs, clock }: View, space: Space): StoreUsage {
  const { readings, oldestAt, newestAt } = total
  return {
    ...{ series: catalog.size, readings, ...space },
    oldestAt: oldestAt === null ? Number.NaN : Math.max(oldestAt, clock.now() - rawMs),
    newestAt: newestAt ?? Number.NaN,
  }
}
