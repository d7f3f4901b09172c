import { parseSeriesId, QuartierError, SERIES, type SeriesDefinition, type SeriesId } from '@quartier/contracts'
import type { LogRecord } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import type { SeriesMeta, TelemetryStore } from '@quartier/contracts/telemetry-store'
import { insist } from './retry.ts'
import type { SeriesRule, SeriesTable } from './series-table.ts'

export interface FollowerDeps extends Omit<ServiceDeps, 'metrics'> {
  readonly store: TelemetryStore
  readonly table: SeriesTable
  /** Definitions of other keys are passed over (default: none is). */
  readonly owns?: (key: string) => boolean
  /** A series has got a number; its key is empty while nobody has defined it, and is told once somebody does. */
  readonly onNew: (series: number, key: string) => void
  /** A series is defined, or defined anew. */
  readonly onDefined?: (key: string, assetId: string | null) => void
  /** A definition was refused because its id belongs to another key. */
  readonly onCollision: () => void
  /** Definitions are followed no longer while nobody waits for them: the rules would grow stale. */
  readonly onFatal: (error: unknown) => void
}

/** What a definition says to the store and to the check. */
interface Definition {
  readonly meta: SeriesMeta
  readonly rule: SeriesRule
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
  /** Series that readings came for and nobody has defined. */
  readonly #unnamed = new Set<number>()

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
    const { log, logger } = this.#deps
    const look = () => log.ranges(SERIES)
    const [range] = await insist('look for definitions', logger, this.#stop.signal, look)
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
    const series = table.put({ ...id, source, ...bounds, historical: false, personal: false })
    this.#unnamed.add(series)
    onNew(series, '')
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }

  async #follow(): Promise<void> {
    const options = { signal: this.#stop.signal, from: 'earliest', maxRecords: 1024 } as const
    for await (const batch of this.#deps.log.consume(SERIES, 'ingest', options)) {
      await this.#define(batch.records.flatMap((record) => this.#read(record) ?? []))
      this.#reached(batch.end[0] ?? 0)
    }
  }

  #read(record: LogRecord): Definition | undefined {
    if (record.value.length === 0 || this.#deps.owns?.(record.key) === false) return undefined
    const d = parse(record.value)
    const id = d && parseSeriesId(d.id)
    if (!d || !id) {
      this.#deps.logger.error({ offset: record.offset, key: record.key }, 'series.unreadable')
      return undefined
    }
    this.#deps.onDefined?.(d.key, d.assetId ?? null)
    const { key, source, unit, intervalMs, validMin, validMax, historical = false, personal = false } = d
    const bounds = { validMin: validMin ?? Number.NEGATIVE_INFINITY, validMax: validMax ?? Number.POSITIVE_INFINITY }
    return {
      meta: { ...id, key, source, unit: unit ?? '', intervalMs: intervalMs ?? 0 },
      rule: { ...id, source, ...bounds, historical, personal },
    }
  }

  /** Tells the store, which knows whose an id is, and then the table; another key's definition is refused alone. */
  async #define(news: readonly Definition[]): Promise<void> {
    const { store, table, logger, onNew, onCollision } = this.#deps
    if (news.length === 0) return
    const tell = () => store.define(news.map(({ meta }) => meta))
    try {
      await insist('define series in the store', logger, this.#stop.signal, tell)
    } catch (error) {
      if (!(error instanceof QuartierError && error.code === 'SERIES_COLLISION')) throw error
      if (news.length === 1) {
        logger.error({ key: news[0]?.meta.key, reason: error.message }, 'series.collision')
        return onCollision()
      }
      const half = news.length >> 1
      await this.#define(news.slice(0, half))
      return this.#define(news.slice(half))
    }
    for (const { meta, rule } of news) {
      const known = table.find(rule.lo, rule.hi) >= 0
      const series = table.put(rule)
      if (!known || this.#unnamed.delete(series)) onNew(series, meta.key)
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
    const waiting = this.#waiting.splice(0)
    for (const { failed } of waiting) failed(error)
    if (this.#stop.signal.aborted) return
    this.#deps.logger.error({ err: error }, 'series.follower_ended')
    if (waiting.length === 0) this.#deps.onFatal(error)
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
