import type { LogRecord, PartitionRange } from '../port.ts'

export interface LatestSettings {
  readonly ranges: () => Promise<readonly PartitionRange[]>
  /** Calls `take` with the records of a partition in [from, to), page by page. */
  readonly scan: (range: { partition: number; from: number; to: number }, take: (r: LogRecord) => void) => Promise<void>
  readonly read: (partition: number, offset: number) => Promise<LogRecord | undefined>
  /** Room for the records themselves; beyond it only their places are kept. */
  readonly cacheBytes: number
}

interface Place {
  readonly partition: number
  readonly offset: number
  readonly appendedAt: number
  readonly deleted: boolean
  /** Absent when the room was needed for newer ones. */
  record?: LogRecord
}

const OVERHEAD = 200

/**
 * The newest record of every key of a compacted topic. Kafka has no look-up by key: the first one reads the topic from
 * its beginning, later ones what has come since. Keeps a place for every key and as many records as fit.
 */
export class Latest {
  readonly #settings: LatestSettings
  readonly #places = new Map<string, Place>()
  readonly #reached = new Map<number, number>()
  #bytes = 0
  #work: Promise<unknown> = Promise.resolve()

  constructor(settings: LatestSettings) {
    this.#settings = settings
  }

  async find(key: string): Promise<LogRecord | undefined> {
    const caughtUp = this.#work.catch(() => {}).then(() => this.#catchUp())
    this.#work = caughtUp
    await caughtUp
    const place = this.#places.get(key)
    if (!place || place.deleted) return undefined
    return place.record ?? this.#settings.read(place.partition, place.offset)
  }

  async #catchUp(): Promise<void> {
    for (const { partition, earliest, next } of await this.#settings.ranges()) {
      const from = Math.max(earliest, this.#reached.get(partition) ?? 0)
      if (from < next) await this.#settings.scan({ partition, from, to: next }, (record) => this.#learn(record))
      this.#reached.set(partition, next)
    }
  }

  #learn(record: LogRecord): void {
    const { partition, offset, appendedAt, key, value } = record
    const before = this.#places.get(key)
    if (before && before.partition !== partition && before.appendedAt > appendedAt) return
    this.#forget(before)
    this.#places.delete(key)
    const deleted = value.length === 0
    // A copy: the record is a view of everything that was fetched with it.
    const kept = deleted ? undefined : { ...record, value: new Uint8Array(value) }
    this.#places.set(key, { partition, offset, appendedAt, deleted, record: kept })
    if (kept) this.#bytes += OVERHEAD + value.length
    if (this.#bytes > this.#settings.cacheBytes) this.#makeRoom()
  }

  /** Drops the records that have not changed for the longest, a tenth of the room at once. */
  #makeRoom(): void {
    for (const place of this.#places.values()) {
      if (this.#bytes <= this.#settings.cacheBytes * 0.9) return
      this.#forget(place)
    }
  }

  #forget(place: Place | undefined): void {
    if (!place?.record) return
    this.#bytes -= OVERHEAD + place.record.value.length
    place.record = undefined
  }
}
