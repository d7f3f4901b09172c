import { QuartierError } from '../../errors.ts'
import type { Position } from '../../event-log/port.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type CountRange, Counts, type Undecided } from '../counts.ts'
import { sameValue } from '../fold.ts'
import type { SeriesMeta, StoreBatch } from '../port.ts'
import { UNKNOWN } from '../series-table.ts'
import { GREATEST_TIME, LEAST_TIME } from './flux.ts'
import { type LateReading, settleLate } from './late.ts'
import { quotedField } from './lines.ts'
import { type Commit, commitLine, definitionLines, type Meta, stateLine, writerIn, writerQuery } from './meta.ts'
import { escaped, lineTags } from './names.ts'
import type { Sources } from './read.ts'
import { SeriesState, STATE_BLOCK } from './state.ts'
import { addToWindows } from './tiers.ts'
import { writeReading } from './write-reading.ts'

export interface IntakeOptions extends Sources {
  readonly clock: Clock
  /** How long raw readings are kept, ms. */
  readonly rawMs: number
  readonly maxDevices: number
  /** Names this opening of the store. */
  readonly writer: string
}

/** Late readings that are decided about at once, and that may wait for it. */
const LATE_AT_ONCE = 2000
const MOST_LATE = 20_000
/** Characters of the meta bucket's lines in one request. */
const META_REQUEST = 4_000_000

/**
 * Takes readings in log order: one that is newer than all of its series goes out at once; the others wait until somebody
 * asks or flushes, because what becomes of them depends on what the servers hold.
 */
export class Intake {
  readonly state = new SeriesState()
  readonly counts = new Counts()
  readonly #options: IntakeOptions
  readonly #parts: IntakeOptions & { readonly state: SeriesState }
  #durable: Commit
  #accepted: Record<number, number>
  #readings: number
  #oldestAt: number
  #newestAt: number
  /** A commit that is on its way, and the places of the blocks that it makes count. */
  #pending: { readonly commit: Commit; readonly places: ReadonlyMap<number, number> } | undefined
  #places = new Map<number, number>()
  #late: LateReading[] = []
  #undecided: Undecided[] = []
  #dirty = false
  #lost: QuartierError | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #ordinals = new Uint32Array(1024)

  constructor(options: IntakeOptions, meta: Pick<Meta, 'commit' | 'definitions' | 'blocks' | 'unfinished'>) {
    this.#options = options
    this.#parts = { ...options, state: this.state }
    const { catalog } = options
    for (const block of meta.definitions) catalog.table.restore(block)
    catalog.index()
    this.state.ensure(catalog.size)
    for (const [block, { text, place }] of meta.blocks) {
      this.state.restoreBlock(block, text)
      this.#places.set(block, place)
    }
    for (const block of meta.unfinished) this.state.changed[block] = 1
    this.#durable = meta.commit
    this.#accepted = { ...meta.commit.position }
    this.#readings = meta.commit.readings
    this.#oldestAt = meta.commit.oldestAt ?? Number.POSITIVE_INFINITY
    this.#newestAt = meta.commit.newestAt ?? Number.NEGATIVE_INFINITY
  }

  position(): Position {
    return { ...this.#durable.position }
  }

  usage() {
    return { readings: this.#readings, oldestAt: this.#oldestAt, newestAt: this.#newestAt }
  }

  /** Every block is written again with the next flush: some server may lack it. */
  rewriteState(): void {
    this.state.changed.fill(1, 0, this.#blocks())
    this.#dirty = true
  }

  define(series: readonly SeriesMeta[]): Promise<void> {
    return this.#inTurn(async () => {
      const { catalog, fleet, maxDevices } = this.#options
      let units = ''
      for (const meta of series) {
        catalog.define(meta, maxDevices)
        this.state.ensure(catalog.size)
        this.#dirty = true
        if (meta.unit !== '') units += this.#unitLine(meta)
      }
      if (units !== '') fleet.sendMeta(units)
    })
  }

  /** Units for people who look at the bucket with other programs; this adapter never reads them. */
  #unitLine(meta: SeriesMeta): string {
    const { catalog } = this.#options
    const place = catalog.placeOf(catalog.table.find(meta.lo, meta.hi))
    return `units${lineTags(place)}${escaped(place.field)}=${quotedField(meta.unit)} 0\n`
  }

  write(batches: readonly StoreBatch[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#lost) throw this.#lost
      for (const batch of batches) {
        if (batch.nextOffset <= (this.#accepted[batch.partition] ?? 0)) continue
        await this.#options.fleet.room()
        if (this.#late.length >= MOST_LATE) await this.#settle()
        this.#take(batch)
        this.#options.fleet.pump()
      }
    })
  }

  /** Resolves when nothing is undecided any more, so that a question finds all that was written. */
  settled(): Promise<void> {
    return this.#late.length === 0 ? this.#queue.then(() => {}) : this.#inTurn(() => this.#settle())
  }

  /** Resolves when all that was accepted before is on all servers, and the position says so. */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      const { fleet } = this.#options
      await this.#settle()
      await fleet.drained()
      this.#committed()
      if (!this.#dirty) return
      await this.#insistOnWriter()
      this.#commit()
      await fleet.drained()
      this.#committed()
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work)
    this.#queue = done.catch(() => {})
    return done
  }

  #take({ partition, firstOffset, nextOffset, columns }: StoreBatch): void {
    const { table } = this.#options.catalog
    const n = columns.length
    if (this.#ordinals.length < n) this.#ordinals = new Uint32Array(n * 2)
    const ordinals = this.#ordinals
    for (let i = 0; i < n; i++) {
      const o = table.find(columns.seriesLo[i] as number, columns.seriesHi[i] as number)
      const at = columns.measuredAt[i] as number
      if (o === UNKNOWN)
        throw new QuartierError('SERIES_UNDEFINED', `write: row ${i} is of a series without definition`)
      if (!(at >= LEAST_TIME && at <= GREATEST_TIME))
        throw new QuartierError('TIME_INVALID', `write: row ${i} has the time ${at}, which InfluxDB cannot hold`)
      ordinals[i] = o
    }
    const range = this.counts.open(partition, firstOffset, nextOffset, 0)
    this.#takeRows(columns, ordinals, range)
    this.counts.close(range)
    this.#undecided.push(...this.counts.takeUndecided())
    this.#accepted[partition] = nextOffset
    this.#dirty = true
  }

  #takeRows(columns: StoreBatch['columns'], ordinals: Uint32Array, range: CountRange): void {
    const { state } = this
    const parts = this.#parts
    const { table } = parts.catalog
    for (let i = 0; i < columns.length; i++) {
      const ordinal = ordinals[i] as number
      const at = Math.round(columns.measuredAt[i] as number)
      const receivedAt = Math.round(columns.receivedAt[i] as number)
      const value = columns.value[i] as number
      const quality = columns.quality[i] as number
      const tally = tallyOf(range, table.sources[table.source[ordinal] as number] as string)
      const lastAt = state.measuredAt[ordinal] as number
      if (at < this.#oldestAt) this.#oldestAt = at
      if (at > this.#newestAt) this.#newestAt = at
      if (at > lastAt) {
        addToWindows(parts, ordinal, at, value, quality)
        state.setLast(ordinal, at, receivedAt, value, quality)
        writeReading(parts, ordinal, at, receivedAt, value, quality, false)
        tally.stored++
        this.#readings++
      } else if (at === lastAt && sameValue(value, state.value[ordinal] as number)) tally.duplicates++
      else {
        if (at === lastAt) state.setLast(ordinal, at, receivedAt, value, quality)
        this.counts.later(0, range, tally.source)
        tally.undecided++
        this.#late.push({ ordinal, at, receivedAt, value, quality })
      }
    }
  }

  async #settle(): Promise<void> {
    while (this.#late.length > 0) {
      const some = this.#late.slice(0, LATE_AT_ONCE)
      const verdicts = await settleLate(this.#parts, some)
      const rows = this.#undecided.splice(0, some.length).map((u, row) => ({ ...u, row }))
      this.counts.settle(rows, verdicts)
      this.#readings += verdicts.filter((v) => v === 0).length
      this.#late.splice(0, some.length)
    }
  }

  /** Of two processes that write one store, the one that opened it first ends here. */
  async #insistOnWriter(): Promise<void> {
    const { fleet, buckets, writer } = this.#options
    const names = fleet.members.map(({ sender }) => sender.server.name)
    const id = writerIn(await fleet.ask(names, writerQuery(buckets), 'the meta bucket'))
    if (id === writer) return
    this.#lost = new QuartierError('STORE_LOCKED', 'flush: another process has opened the store since')
    throw this.#lost
  }

  /** Sends what changed, and the commit after it: on each server the commit stands behind all that it speaks of. */
  #commit(): void {
    const { catalog, fleet } = this.#options
    const flush = (this.#pending?.commit ?? this.#durable).flush + 1
    let { definitions } = this.#durable
    const changes = catalog.table.takeChanges()
    if (changes) fleet.sendMeta(definitionLines(definitions++, changes))
    const places = new Map<number, number>()
    let lines = ''
    for (let block = 0; block < this.#blocks(); block++) {
      if (this.state.changed[block] === 0 && this.#places.has(block)) continue
      this.state.changed[block] = 0
      const place = 1 - (this.#places.get(block) ?? 1)
      places.set(block, place)
      lines += stateLine(block, place, flush, this.state.encodeBlock(block))
      if (lines.length < META_REQUEST) continue
      fleet.sendMeta(lines)
      lines = ''
    }
    const finite = (at: number) => (Number.isFinite(at) ? at : null)
    const commit: Commit = {
      flush,
      position: { ...this.#accepted },
      definitions,
      blocks: this.#blocks(),
      readings: this.#readings,
      oldestAt: finite(this.#oldestAt),
      newestAt: finite(this.#newestAt),
    }
    fleet.sendMeta(lines + commitLine(commit))
    this.#pending = { commit, places }
    this.#dirty = false
  }

  /** All servers have everything that was sent: a commit that was under way counts. */
  #committed(): void {
    if (!this.#pending) return
    this.#durable = this.#pending.commit
    for (const [block, place] of this.#pending.places) this.#places.set(block, place)
    this.#pending = undefined
  }

  #blocks(): number {
    return Math.ceil(this.#options.catalog.size / STATE_BLOCK)
  }
}

function tallyOf(range: CountRange, source: string): CountRange['sources'][number] {
  const last = range.sources.at(-1)
  if (last?.source === source) return last
  const known = range.sources.find((t) => t.source === source)
  if (known) return known
  const tally = { source, stored: 0, duplicates: 0, corrections: 0, undecided: 0 }
  range.sources.push(tally)
  return tally
}
