import { QuartierError } from '../../errors.ts'
import type { TopicDeclaration } from '../../topics.ts'
import type { Position } from '../port.ts'
import { isBusy, isGone, translate } from './errors.ts'
import { Groups } from './groups.ts'
import { planRetention, type Removal, type SealedSegment } from './retention.ts'
import { type Row, Segment } from './segment.ts'
import { TopicFolder } from './topic-folder.ts'

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
const BUDGET_CHECK_MS = 500

/** The writing side of the log: synchronous, and therefore at home on a thread of its own. */
export class LogWriter {
  readonly #settings: WriterSettings
  readonly #folders: ReadonlyMap<string, TopicFolder>
  readonly #active = new Map<string, Segment>()
  readonly #known = new Map<string, { lastAt: number; base: readonly number[] }>()
  readonly #groups: Groups
  #overBudget = false
  #lookedAt = 0

  constructor(settings: WriterSettings) {
    this.#settings = settings
    this.#folders = new Map(settings.topics.map((t) => [t.name, new TopicFolder(settings.folder, t)]))
    this.#groups = new Groups(settings.folder)
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

  /** Ends segments that grew old, unlinks what retention no longer keeps, forgets old tombstones. */
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
    return this.#retain(now)
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
    if (this.#overBudget && requiredBy && performance.now() - this.#lookedAt > BUDGET_CHECK_MS) this.#retain(now)
    if (this.#overBudget && requiredBy) {
      const why = `append to ${name}: the log has used up its disk budget and ${requiredBy.join(', ')} has not read on`
      return { failed: new QuartierError('LOG_FULL', why, { retriable: true }) }
    }
    try {
      return { offsets: this.#inTransaction(folder, (segment) => this.#insert(folder, segment, requests, now), now) }
    } catch (error) {
      const failed = translate(error, `append to ${name}`, this.#settings.folder)
      if (failed.code !== 'LOG_FULL') this.#drop(name) // an open file needs no space to be read
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
      let result: T
      try {
        result = work(segment)
        segment.commit()
      } catch (error) {
        segment.rollback()
        throw error
      }
      return result
    }
  }

  /** The newest segment of a topic, made when there is none. */
  #open(folder: TopicFolder, now: number): Segment {
    const { name } = folder.declaration
    let segment = this.#active.get(name)
    while (!segment) {
      const newest = folder.numbers().at(-1)
      if (newest === undefined) folder.create(0, [], now)
      segment = openSegment(folder, newest ?? 0)
      if (segment) this.#active.set(name, segment)
    }
    return segment
  }

  /** Leaves a sealed segment for its successor, makes it when it is missing, and lets retention look. */
  #advance(folder: TopicFolder, sealed: Segment, now: number): void {
    const { name, partitions } = folder.declaration
    const base = Array.from({ length: partitions }, (_, p) => sealed.next(p))
    if (folder.numbers().at(-1) === sealed.number) folder.create(sealed.number + 1, base, now)
    sealed.checkpoint()
    this.#drop(name)
    this.#retain(now)
  }

  #retain(now: number): readonly Removal[] {
    this.#lookedAt = performance.now()
    const sealed: SealedSegment[] = []
    const bytes = new Map<string, number>()
    for (const folder of this.#folders.values()) {
      const numbers = folder.numbers()
      const sizes = numbers.map((n) => folder.bytes(n))
      const { name, cleanup, requiredBy } = folder.declaration
      bytes.set(
        name,
        sizes.reduce((sum, size) => sum + size, 0),
      )
      if (cleanup === 'compact') continue
      const positions = (requiredBy ?? []).map((group) => this.#groups.committed(name, group))
      for (const [i, number] of numbers.slice(0, -1).entries()) {
        const own = this.#facts(folder, number)
        const end = this.#facts(folder, numbers[i + 1] as number)?.base
        if (!own || !end) continue
        const passed = positions.every((p) => end.every((to, k) => to === own.base[k] || (p[k] ?? 0) >= to))
        sealed.push({ topic: name, number, bytes: sizes[i] as number, lastAt: own.lastAt, passed })
      }
    }
    const { topics, diskBudgetBytes } = this.#settings
    const plan = planRetention({ topics, sealed, bytes, diskBudgetBytes, now })
    this.#overBudget = plan.overBudgetBytes > 0
    return plan.remove.filter((removal) => this.#remove(removal))
  }

  /** False when somebody still reads it in a way that keeps its write-ahead log open: then it goes next time. */
  #remove(removal: Removal): boolean {
    const folder = this.#folder(removal.topic)
    if (folder.walBytes(removal.number) > 0) {
      const segment = openSegment(folder, removal.number)
      const settled = segment?.checkpoint() ?? true
      segment?.close()
      if (!settled) return false
    }
    folder.remove(removal.number)
    return true
  }

  /** Where a segment begins, and for a sealed one the time of its newest record. */
  #facts(folder: TopicFolder, number: number): { lastAt: number; base: readonly number[] } | undefined {
    const id = `${folder.declaration.name}/${number}`
    const known = this.#known.get(id)
    if (known) return known
    const segment = openSegment(folder, number)
    if (!segment) return undefined
    const facts = { lastAt: segment.lastAt(), base: segment.base }
    if (segment.sealed) this.#known.set(id, facts)
    segment.close()
    return facts
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

/** `undefined` when the segment was unlinked meanwhile. */
function openSegment(folder: TopicFolder, number: number): Segment | undefined {
  try {
    return new Segment(folder.file(number), number, { busyMs: 0 })
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))
/** Blocks this thread for `ms`: finer than SQLite's own waiting, so that writers of several processes take turns. */
const pause = (ms: number): unknown => Atomics.wait(sleeper, 0, 0, ms)
