import { randomUUID } from 'node:crypto'
import { QuartierError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { SeriesId } from '../series/id.ts'
import { emptyLast, readRanges } from './influxdb/answers.ts'
import { Catalog } from './influxdb/catalog.ts'
import { exportReadings } from './influxdb/export.ts'
import { Fleet } from './influxdb/fleet.ts'
import { Intake } from './influxdb/intake.ts'
import { placementLine, writerLine } from './influxdb/meta.ts'
import { bucketsOf, migrate, type StorePart, type TierRetention } from './influxdb/migrate.ts'
import { openMeta } from './influxdb/open-meta.ts'
import { place } from './influxdb/placement.ts'
import { type InfluxServer, writeLines } from './influxdb/server.ts'
import { diskUsage } from './influxdb/usage.ts'
import { readWindows } from './influxdb/windows.ts'
import type { LastValues, StoreUsage, TelemetryStore } from './port.ts'
import { UNKNOWN } from './series-table.ts'

export { checkInfluxStore, extendInfluxStore } from './influxdb/extend.ts'
export type { StorePart } from './influxdb/migrate.ts'
export { type InfluxReaderOptions, openInfluxReader } from './influxdb/reader.ts'
export type { InfluxServer } from './influxdb/server.ts'

export interface InfluxStoreOptions {
  /** One or several; a server keeps its name for good. */
  readonly servers: readonly InfluxServer[]
  /** Name of the bucket of raw readings; the others are named after it. */
  readonly bucket: string
  readonly clock: Clock
  readonly logger?: Logger
  /** On how many servers each slot lies: 1 (default) or 2. */
  readonly copies?: number
  /** Opens one part of a store that several processes write; only series of its slots may be defined and written. */
  readonly part?: StorePart
  /** How long each tier is kept, ms of InfluxDB's own clock; for ever where absent. */
  readonly retention?: TierRetention
  /** Most pairs of source and device, which InfluxDB keeps an index of in memory. */
  readonly maxDevices?: number
  /** Longest time between two flushes, ms of real time (default 30 s); 0: only when somebody asks. */
  readonly flushEveryMs?: number
  /** Longest time until those who only read can see a series that is new, ms; 0 (default): with the next flush. */
  readonly newSeriesMs?: number
  /** Compress requests; by default those that leave this machine. */
  readonly gzip?: boolean
  /** How long a call waits for a server that takes nothing before it fails as STORE_UNAVAILABLE, ms; what was accepted waits on. */
  readonly patienceMs?: number
  /** How long one request may take, ms. */
  readonly timeoutMs?: number
  /** Most lines of a request, and longest time that a line waits for others, ms. */
  readonly batchLines?: number
  readonly lingerMs?: number
}

/** A server that does not take what waits for it. */
export interface MissingPart {
  readonly server: string
  readonly reason: string
  /** Slots that it takes and that no other server answers for. */
  readonly slots: number
}

export interface InfluxStore extends TelemetryStore {
  /** What cannot be asked or written now. */
  missing(): readonly MissingPart[]
  /** Lines that servers refused for good; each was logged. */
  refusedLines(): number
  /** Closes it without sending anything more: for a process that must no longer write. */
  abandon(): Promise<void>
}

const MAX_WAITING_BYTES = 64_000_000
const FLUSH_EVERY_MS = 30_000
/** How long a server may take to answer while the store is opened, ms. */
const OPENING_MS = 10_000
const DAY = 86_400_000

/**
 * Opens the store on InfluxDB 2 servers: makes its buckets where they are missing, and reads definitions, last values
 * and the position. One process writes a store, or each of its parts: the one that opened it last. An earlier one fails as STORE_LOCKED when it
 * flushes next, and in all that it writes after.
 *
 * The position is written after the readings, so a crash replays some; the points they become are the same ones.
 * @throws QuartierError STORE_UNAVAILABLE (retriable), STORE_CORRUPT, STORE_PLACEMENT when the servers are not those
 *   that the store was made with or extended to
 */
export async function openInfluxStore(options: InfluxStoreOptions): Promise<InfluxStore> {
  const { servers, bucket, part, clock, logger = silentLogger, copies = 1, retention = {} } = options
  const { timeoutMs = 30_000, patienceMs = 10_000, maxDevices = 1_000_000 } = options
  const buckets = bucketsOf(bucket, part)
  const division = { parts: part?.of, otherwise: bucketsOf(bucket, part ? undefined : { index: 0, of: 1 }).meta }
  const opened = await openMeta({ servers, copies, buckets, ...division, timeoutMs: Math.min(timeoutMs, OPENING_MS) })
  const { meta, reachable, lacking } = opened
  for (const server of reachable) await migrate(server, buckets, retention, { timeoutMs })
  const placement = place(meta.generations)
  const catalog = new Catalog()
  const fleet = new Fleet({
    ...{ servers, placement, buckets, logger, timeoutMs, patienceMs },
    gzip: options.gzip,
    batchLines: options.batchLines ?? 5000,
    lingerMs: options.lingerMs ?? 100,
    maxWaitingBytes: MAX_WAITING_BYTES,
  })
  const rawMs = retention.rawMs ?? Number.POSITIVE_INFINITY
  const parts = { catalog, fleet, placement, buckets, clock, rawMs }
  const writer = randomUUID()
  for (const server of reachable) await writeLines(server, buckets.meta, writerLine(writer), { timeoutMs })
  const intake = new Intake({ ...parts, maxDevices: Math.ceil(maxDevices / (part?.of ?? 1)), writer }, meta)
  if (lacking.length > 0) {
    fleet.sendMeta(writerLine(writer) + placementLine(meta.generations) + meta.definitionLines, lacking)
    intake.rewriteState()
  }
  const sources = { ...parts, state: intake.state }
  const timer = setInterval(
    () => void intake.flush().catch(() => {}),
    (options.flushEveryMs ?? FLUSH_EVERY_MS) || 2 ** 30,
  )
  timer.unref()
  const showSoon = flushSoon(options.newSeriesMs ?? 0, intake)
  let closed = false
  const end = () => {
    closed = true
    clearInterval(timer)
    showSoon.end()
  }
  const call = async <T>(what: string, body: () => T | Promise<T>): Promise<T> => {
    if (closed) throw new QuartierError('STORE_CLOSED', `${what}: the store is closed`)
    return body()
  }
  /** A question, once all that was written before can be found. */
  const ask = <T>(what: string, body: () => Promise<T>) => call(what, () => intake.settled().then(body))
  return {
    // The position follows the readings instead of going with them; what is counted between two flushes is counted
    // again after a crash, when the readings stand there already.
    supports: { atomicPosition: false, sql: false, exactDuplicateCounts: false },
    position: () => call('position', () => intake.position()),
    define: (series) =>
      call('define', async () => {
        const before = catalog.size
        await intake.define(series)
        if (catalog.size > before) showSoon.wish()
      }),
    write: (batches) => call('write', () => intake.write(batches)),
    flush: () => call('flush', () => intake.flush()),
    takeCounts: () => call('takeCounts', () => intake.counts.take()),
    last: (series) => call('last', () => readLast(catalog, intake, series)),
    range: (ids, from, to, limit) => ask('range', () => readRanges(sources, ids, from, to, limit)),
    windows: (ids, from, to, stepMs) => ask('windows', () => readWindows(sources, ids, { from, to, stepMs })),
    export: (request, onProgress) =>
      ask('export', () => {
        const { readings, oldestAt, newestAt } = intake.usage()
        const share = Math.min(1, (request.to - request.from) / Math.max(DAY, newestAt - oldestAt))
        return exportReadings(sources, request, (readings * share) / Math.max(1, catalog.size), onProgress)
      }),
    series: () => call('series', () => Array.from({ length: catalog.size }, (_, o) => catalog.table.meta(o))),
    usage: () => call('usage', () => usageOf(servers, catalog, intake, rawMs, clock, buckets, timeoutMs)),
    missing: () => fleet.missing(),
    refusedLines: () => fleet.members.reduce((n, { sender }) => n + sender.refused, 0),
    async close() {
      if (closed) return
      end()
      // What cannot be sent now is still in the log.
      await intake.flush().catch((error: Error) => logger.warn({ reason: error.message }, 'store.closed-unflushed'))
      fleet.stop()
    },
    async abandon() {
      if (closed) return
      end()
      fleet.stop()
    },
  }
}

/** Flushes `afterMs` after a wish, and so seldom that flushing takes a tenth of the time at most. */
function flushSoon(afterMs: number, intake: Intake): { wish(): void; end(): void } {
  let timer: NodeJS.Timeout | undefined
  let notBefore = 0
  const flush = async () => {
    const began = performance.now()
    await intake.flush().catch(() => {}) // said by the flush that is due anyway
    notBefore = performance.now() + 9 * (performance.now() - began)
    timer = undefined
  }
  return {
    wish() {
      if (afterMs === 0) return
      timer ??= setTimeout(() => void flush(), Math.max(afterMs, notBefore - performance.now())).unref()
    },
    end: () => clearTimeout(timer),
  }
}

function readLast({ table, size }: Catalog, { state }: Intake, ids: readonly SeriesId[] | undefined): LastValues {
  const out = emptyLast(ids ?? Array.from({ length: size }, (_, o) => table.id(o)))
  for (let i = 0; i < out.length; i++) {
    const o = ids ? table.find(out.seriesLo[i] as number, out.seriesHi[i] as number) : i
    if (o === UNKNOWN || state.measuredAt[o] === Number.NEGATIVE_INFINITY) continue
    out.measuredAt[i] = state.measuredAt[o] as number
    out.receivedAt[i] = state.receivedAt[o] as number
    out.value[i] = state.value[o] as number
    out.quality[i] = state.quality[o] as number
  }
  return out
}

async function usageOf(
  servers: readonly InfluxServer[],
  catalog: Catalog,
  intake: Intake,
  rawMs: number,
  clock: Clock,
  buckets: ReturnType<typeof bucketsOf>,
  timeoutMs: number,
): Promise<StoreUsage> {
  const { readings, oldestAt, newestAt } = intake.usage()
  const disk = await diskUsage(servers, Object.values(buckets), { timeoutMs })
  return {
    series: catalog.size,
    readings,
    ...disk,
    oldestAt: readings === 0 ? Number.NaN : Math.max(oldestAt, clock.now() - rawMs),
    newestAt: readings === 0 ? Number.NaN : newestAt,
  }
}
