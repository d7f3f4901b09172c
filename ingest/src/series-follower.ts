import { parseSeriesId, QuartierError, SERIES, type SeriesDefinition, type SeriesId } from '@quartier/contracts'
import type { LogRecord } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import type { SeriesMeta, TelemetryStore } from '@quartier/contracts/telemetry-store'
import { insist } from './retry.ts'
import type { SeriesTable } from './series-table.ts'

export interface FollowerDeps extends ServiceDeps {
  readonly store: TelemetryStore
  readonly table: SeriesTable
  /** A series has got a number; its key is empty while nobody has defined it. */
  readonly onNew: (series: number, key: string) => void
}

/** Reads `series.v1` for ever: keeps the table of rules and tells the store what it does not know yet. */
export class SeriesFollower {
  readonly #deps: FollowerDeps
  readonly #stop = new AbortController()
  /** Offset up to which definitions are in the table and in the store. */
  #next = 0
  #waiting: { readonly upTo: number; readonly reached: () => void; readonly failed: (error: unknown) => void }[] = []
  #loop: Promise<void> | undefined
  #failure: unknown

  constructor(deps: FollowerDeps) {
    this.#deps = deps
  }

  /** Resolves when every definition that the log holds now is known, to the store too. */
  async start(): Promise<void> {
    this.#loop = this.#follow().catch((error) => this.#fail(error))
    await this.catchUp()
  }

  /** Reads up to the present end. */
  async catchUp(): Promise<void> {
    const [range] = await this.#deps.log.ranges(SERIES)
    const upTo = range?.next ?? 0
    if (this.#failure) throw this.#failure
    if (this.#next >= upTo || range?.earliest === range?.next) return
    await new Promise<void>((reached, failed) => this.#waiting.push({ upTo, reached, failed }))
  }

  /** Learns an id: from the end of `series.v1`, and when it is not there as a series without a name. */
  async learn(id: SeriesId, source: string): Promise<void> {
    const { table, store, logger, onNew } = this.#deps
    if (table.find(id.lo, id.hi) < 0) await this.catchUp()
    if (table.find(id.lo, id.hi) >= 0) return
    logger.warn({ lo: id.lo, hi: id.hi, source }, 'series.undefined')
    const unnamed = { lo: id.lo, hi: id.hi, key: '', source, unit: '', intervalMs: 0 }
    await insist('define a series in the store', logger, this.#stop.signal, () => store.define([unnamed]))
    const bounds = { validMin: Number.NEGATIVE_INFINITY, validMax: Number.POSITIVE_INFINITY }
    onNew(table.put({ ...id, source, ...bounds, historical: false, personal: false }), '')
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #follow(): Promise<void> {
    const options = { signal: this.#stop.signal, from: 'earliest', maxRecords: 8192 } as const
    for await (const batch of this.#deps.log.consume(SERIES, 'ingest', options)) {
      await this.#define(batch.records.flatMap((record) => this.#take(record) ?? []))
      this.#reached(batch.end[0] ?? 0)
    }
  }

  /** Puts a definition into the table; returns what the store must know of it. */
  #take(record: LogRecord): SeriesMeta | undefined {
    const { table, logger, onNew } = this.#deps
    if (record.value.length === 0) return undefined
    const d = parse(record.value)
    const id = d && parseSeriesId(d.id)
    if (!d || !id) {
      logger.error({ offset: record.offset, key: record.key }, 'series.unreadable')
      return undefined
    }
    const known = table.find(id.lo, id.hi) >= 0
    const validMin = d.validMin ?? Number.NEGATIVE_INFINITY
    const validMax = d.validMax ?? Number.POSITIVE_INFINITY
    const { source, historical = false, personal = false } = d
    const series = table.put({ ...id, source, validMin, validMax, historical, personal })
    if (!known) onNew(series, d.key)
    return { ...id, key: d.key, source, unit: d.unit ?? '', intervalMs: d.intervalMs ?? 0 }
  }

  /** Tells the store; a definition whose id belongs to another key is refused alone. */
  async #define(news: readonly SeriesMeta[]): Promise<void> {
    const { store, logger } = this.#deps
    const define = (some: readonly SeriesMeta[]) =>
      insist('define series in the store', logger, this.#stop.signal, () => store.define(some))
    if (news.length === 0) return
    try {
      await define(news)
    } catch (error) {
      if (!(error instanceof QuartierError && error.code === 'SERIES_COLLISION')) throw error
      if (news.length === 1) {
        logger.error({ key: news[0]?.key, reason: error.message }, 'series.collision')
        return
      }
      const half = news.length >> 1
      await this.#define(news.slice(0, half))
      await this.#define(news.slice(half))
    }
  }

  #reached(next: number): void {
    this.#next = next
    const done = this.#waiting.filter((w) => w.upTo <= next)
    this.#waiting = this.#waiting.filter((w) => w.upTo > next)
    for (const { reached } of done) reached()
  }

  #fail(error: unknown): void {
    this.#failure = error
    for (const { failed } of this.#waiting.splice(0)) failed(error)
    if (!this.#stop.signal.aborted) this.#deps.logger.error({ err: error }, 'series.follower_ended')
  }
}

/** Only what ingest needs is looked at: the registry has checked the rest before it was appended. */
function parse(value: Uint8Array): SeriesDefinition | undefined {
  try {
    const d = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString()) as SeriesDefinition
    return typeof d?.key === 'string' && typeof d.id === 'string' && typeof d.source === 'string' ? d : undefined
  } catch {
    return undefined
  }
}
