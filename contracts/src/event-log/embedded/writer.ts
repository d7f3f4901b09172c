import { QuartierError } from '../../errors.ts'
import type { TopicDeclaration } from '../../topics.ts'
import type { Position } from '../port.ts'
import { isBusy, isUnsynced, translate } from './errors.ts'
import { Groups } from './groups.ts'
import { Keeper } from './keeper.ts'
import type { Removal } from './retention.ts'
import type { Row, Segment } from './segment.ts'
import { openSegment, TopicFolder } from './topic-folder.ts'

export interface WriterSettings {
  readonly folder: string
  readonly topics: readonly TopicDeclaration[]
  readonly segmentBytes: number
  readonly diskBudgetBytes: number
  /** How long a tombstone is kept for readers to see, ms. */
  readonly tombstoneMs: number
  /** How long an append waits for another process's, ms. */
  readonly lockMs: number
}

/** What one call of `append` brings. */
export interface AppendRequest {
  readonly topic: string
  readonly at: number
  readonly rows: readonly Row[]
}

/** Offsets in the order of the rows, or why there are none: then nothing of the request is in the log. */
export type AppendResult = { readonly offsets: readonly number[] } | { readonly failed: QuartierError }

const LONGEST_SEGMENT = 7 * 86_400_000

/** The writing side of the log: synchronous, and therefore at home on a thread of its own. */
export class LogWriter {
  readonly #settings: WriterSettings
  readonly #folders: ReadonlyMap<string, TopicFolder>
  readonly #active = new Map<string, Segment>()
  /** Topics whose file must take no more records, since a sync of it failed; it stays open until it is sealed. */
  readonly #unsynced = new Set<string>()
  readonly #groups: Groups
  readonly #keeper: Keeper

  constructor(settings: WriterSettings) {
    this.#settings = settings
    this.#folders = new Map(settings.topics.map((t) => [t.name, new TopicFolder(settings.folder, t)]))
    this.#groups = new Groups(settings.folder)
    this.#keeper = new Keeper(this.#folders, this.#groups, settings.diskBudgetBytes)
  }

  /** Opens what will be written, as far as it is there: later there may be no file descriptors left for it. */
  prepare(): void {
    for (const folder of this.#folders.values()) {
      try {
        const newest = folder.numbers().at(-1)
        if (newest !== undefined) this.#adopt(folder, newest)
      } catch {
        // the first append says what is wrong
      }
    }
  }

  /** Appends all requests; those of one topic share a transaction, and thereby one fsync. */
  append(requests: readonly AppendRequest[]): readonly AppendResult[] {
    const results: AppendResult[] = new Array(requests.length)
    const byTopic = new Map<string, number[]>()
    requests.forEach((request, i) => {
      const list = byTopic.get(request.topic)
      if (list) list.push(i)
      else byTopic.set(request.topic, [i])
    })
    for (const [topic, places] of byTopic) {
      const batch = places.map((i) => requests[i] as AppendRequest)
      const outcome = this.#appendTo(this.#folder(topic), batch)
      places.forEach((place, i) => {
        results[place] = 'failed' in outcome ? outcome : { offsets: outcome.offsets[i] as number[] }
      })
    }
    return results
  }

  commit(topic: string, group: string, position: Position): void {
    try {
      this.#groups.commit(topic, group, position)
    } catch (error) {
      throw translate(error, `commit the position of group ${group} in ${topic}`, this.#settings.folder)
    }
  }

  /**
   * Ends segments that grew old, unlinks what retention no longer keeps, forgets old tombstones.
   * @returns all that was unlinked since the last call
   */
  maintain(now: number): readonly Removal[] {
    for (const folder of this.#folders.values()) {
      const numbers = folder.numbers()
      if (numbers.length === 0) continue
      folder.sweep()
      this.#inTransaction(
        folder,
        (segment) => {
          if (segment.compact) segment.dropTombstones(now - this.#settings.tombstoneMs)
          else if (this.#isOld(folder, segment, now)) segment.seal()
        },
        now,
      )
      const active = this.#active.get(folder.declaration.name)
      if (active?.sealed) this.#advance(folder, active, now)
    }
    this.#keeper.retain(now)
    return this.#keeper.takeRemoved()
  }

  close(): void {
    for (const segment of this.#active.values()) segment.close()
    this.#active.clear()
    this.#groups.close()
  }

  #appendTo(
    folder: TopicFolder,
    requests: readonly AppendRequest[],
  ): { offsets: number[][] } | { failed: QuartierError } {
    const { name, requiredBy } = folder.declaration
    const now = (requests.at(-1) as AppendRequest).at
    if (requiredBy && this.#keeper.isOverBudget(now)) {
      const why = `append to ${name}: the log has used up its disk budget and ${requiredBy.join(', ')} has not read on`
      return { failed: new QuartierError('LOG_FULL', why, { retriable: true }) }
    }
    try {
      return { offsets: this.#inTransaction(folder, (segment) => this.#insert(folder, segment, requests, now), now) }
    } catch (error) {
      const failed = translate(error, `append to ${name}`, this.#settings.folder)
      // An open file needs no space to be read, and its process still knows where the last sync that held had come to.
      if (failed.code !== 'LOG_FULL' && !isUnsynced(error)) this.#drop(name)
      return { failed }
    }
  }

  #insert(folder: TopicFolder, segment: Segment, requests: readonly AppendRequest[], now: number): number[][] {
    const next = new Map<number, number>()
    const offsets = requests.map(({ rows, at }) =>
      rows.map((row) => {
        const offset = next.get(row.partition) ?? segment.next(row.partition)
        segment.insert(row, offset, at)
        next.set(row.partition, offset + 1)
        return offset
      }),
    )
    if (segment.compact) for (const [partition, offset] of next) segment.setNext(partition, offset)
    else if (segment.bytes() >= this.#segmentBytes(folder) || this.#isOld(folder, segment, now)) segment.seal()
    return offsets
  }

  /** Runs `work` in a transaction of the topic's segment that is being written; goes on to a new one afterwards when full. */
  #inTransaction<T>(folder: TopicFolder, work: (segment: Segment) => T, now: number): T {
    const deadline = performance.now() + this.#settings.lockMs
    for (;;) {
      const segment = this.#open(folder, now)
      if (!tryBegin(segment)) {
        if (performance.now() > deadline) throw new Error('another process holds the lock of the topic')
        pause(0.2 + Math.random())
        continue
      }
      if (segment.sealed) {
        segment.rollback()
        this.#advance(folder, segment, now)
        continue
      }
      const ends = !segment.compact && this.#unsynced.has(folder.declaration.name)
      try {
        const result = ends ? undefined : work(segment)
        if (ends) segment.seal()
        segment.commit()
        if (!ends) return result as T
      } catch (error) {
        segment.rollback()
        if (isUnsynced(error)) this.#unsynced.add(folder.declaration.name)
        throw error
      }
    }
  }

  /** The newest segment of a topic, made when there is none. */
  #open(folder: TopicFolder, now: number): Segment {
    const { name } = folder.declaration
    let segment = this.#active.get(name)
    while (!segment) {
      const newest = folder.numbers().at(-1)
      if (newest === undefined) folder.create(0, [], now)
      segment = this.#adopt(folder, newest ?? 0)
    }
    return segment
  }

  /**
   * Opens a segment to write it. A process that died may have left bytes behind whose sync had failed: they are
   * written anew before anything follows them.
   */
  #adopt(folder: TopicFolder, number: number): Segment | undefined {
    const segment = openSegment(folder, number)
    if (!segment) return undefined
    try {
      if (folder.walBytes(number) > 0) segment.checkpoint()
    } catch (error) {
      if (!isBusy(error) && translate(error, 'tidy a file', folder.path).code !== 'LOG_FULL') {
        segment.close()
        throw error
      }
    }
    this.#active.set(folder.declaration.name, segment)
    return segment
  }

  /** Leaves a sealed segment for its successor, makes it when it is missing, and lets retention look. */
  #advance(folder: TopicFolder, sealed: Segment, now: number): void {
    const { name, partitions } = folder.declaration
    const base = Array.from({ length: partitions }, (_, p) => sealed.next(p))
    if (folder.numbers().at(-1) === sealed.number) folder.create(sealed.number + 1, base, now)
    sealed.checkpoint()
    this.#drop(name)
    this.#keeper.retain(now)
  }

  #isOld(folder: TopicFolder, segment: Segment, now: number): boolean {
    const { retentionMs } = folder.declaration
    const limit = Math.min(retentionMs === undefined ? LONGEST_SEGMENT : retentionMs / 8, LONGEST_SEGMENT)
    return now - segment.createdAt > limit
  }

  #segmentBytes(folder: TopicFolder): number {
    const { retentionBytes } = folder.declaration
    return Math.min(
      this.#settings.segmentBytes,
      retentionBytes === undefined ? Number.POSITIVE_INFINITY : retentionBytes / 8,
    )
  }

  #drop(topic: string): void {
    this.#active.get(topic)?.close()
    this.#active.delete(topic)
    this.#unsynced.delete(topic)
  }

  #folder(topic: string): TopicFolder {
    const folder = this.#folders.get(topic)
    if (!folder) throw new QuartierError('LOG_TOPIC_UNKNOWN', `find the topic ${topic}: it is not declared`)
    return folder
  }
}

function tryBegin(segment: Segment): boolean {
  try {
    segment.begin()
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))
/** Blocks this thread for `ms`: finer than SQLite's own waiting, so that writers of several processes take turns. */
const pause = (ms: number): unknown => Atomics.wait(sleeper, 0, 0, ms)
