import { QuartierError } from '../../errors.ts'
import type { TopicDeclaration } from '../../topics.ts'
import type { LogRecord, PartitionRange } from '../port.ts'
import { isGone, translate } from './errors.ts'
import { Segment } from './segment.ts'
import { TopicFolder } from './topic-folder.ts'

/** How much one call of {@link TopicReader.read} may still return. */
export interface ReadBudget {
  records: number
  bytes: number
}

const KEPT_OPEN = 4

/** The reading side of one topic. Never blocks a writer; synchronous, since it touches pages and no fsync. */
export class TopicReader {
  readonly #folder: TopicFolder
  readonly #open = new Map<number, Segment>()
  readonly #bases = new Map<number, readonly number[]>()
  #numbers: readonly number[] = []
  /** A file that is still written but could only be opened as it was; see {@link #withoutSpace}. */
  #makeshift: Segment | undefined
  #opened = 0

  constructor(log: string, declaration: TopicDeclaration) {
    this.#folder = new TopicFolder(log, declaration)
  }

  /**
   * Adds records of a partition from `offset` on to `into`, as many as the budget allows (one at least when `into` is
   * empty), and returns the offset to go on from.
   * @throws QuartierError LOG_POSITION_AHEAD when the log has never come as far as `offset`
   */
  read(partition: number, offset: number, budget: ReadBudget, into: LogRecord[]): number {
    let at = offset
    for (;;) {
      const segment = this.#locate(partition, at)
      if (!segment) {
        if (at > 0 && this.#numbers.length === 0) throw ahead(this.#folder.declaration.name, partition, at, 0)
        return at
      }
      const sealed = segment.sealed
      at = Math.max(at, segment.base[partition] as number)
      let full = budget.records <= 0
      for (const record of full ? [] : segment.read(partition, at, budget.records)) {
        if (record.value.length > budget.bytes && into.length > 0) {
          full = true
          break
        }
        into.push(record)
        at = record.offset + 1
        budget.records--
        budget.bytes -= record.value.length
        if (budget.bytes <= 0) break
      }
      if (full || budget.records <= 0 || budget.bytes <= 0) return at
      const successor = sealed ? this.#after(segment.number) : undefined
      if (successor === undefined) {
        const next = segment.next(partition)
        if (at > next && !segment.sealed) throw ahead(this.#folder.declaration.name, partition, at, next)
        return at
      }
      at = Math.max(at, (this.#baseOf(successor)?.[partition] ?? at) as number)
    }
  }

  /** Another text whenever something may have been appended. */
  version(): string {
    const newest = this.#newest()
    if (!newest) return 'empty'
    if (newest.sealed && this.#after(newest.number) !== undefined) return this.version()
    if (newest === this.#makeshift) return `makeshift ${++this.#opened}`
    return `${newest.number} ${this.#opened} ${newest.version()}`
  }

  latest(key: string): LogRecord | undefined {
    const found = this.#newest()?.latest(key)
    return found && found.value.length > 0 ? found : undefined
  }

  ranges(): PartitionRange[] {
    this.#refresh()
    const first = this.#numbers[0]
    if (first === undefined) return this.#partitions().map((partition) => ({ partition, earliest: 0, next: 0 }))
    const next = this.#partitions().map((partition) => this.#newest()?.next(partition) ?? 0)
    const earliest = this.#folder.shape.compact
      ? this.#partitions().map((partition) => this.#newest()?.earliest(partition) ?? 0)
      : (this.#baseOf(first) ?? next)
    return next.map((end, partition) => ({ partition, earliest: earliest[partition] as number, next: end }))
  }

  usage(): { bytes: number; records: number } {
    this.#refresh()
    const bytes = this.#numbers.reduce((sum, n) => sum + this.#folder.bytes(n), 0)
    const records = this.#folder.shape.compact
      ? (this.#newest()?.count() ?? 0)
      : this.ranges().reduce((sum, range) => sum + range.next - range.earliest, 0)
    return { bytes, records }
  }

  close(): void {
    for (const segment of this.#open.values()) segment.close()
    this.#open.clear()
    this.#makeshift?.close()
  }

  #partitions(): number[] {
    return Array.from({ length: this.#folder.shape.partitions }, (_, partition) => partition)
  }

  /** The segment that holds `offset` of a partition, or the oldest one when that is gone already. */
  #locate(partition: number, offset: number): Segment | undefined {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#numbers.length === 0 || attempt > 0) this.#refresh()
      for (let i = this.#numbers.length - 1; i >= 0; i--) {
        const number = this.#numbers[i] as number
        const base = this.#baseOf(number)
        if (!base) break
        if ((base[partition] as number) > offset && i > 0) continue
        const segment = this.#segment(number)
        if (segment) return segment
        break
      }
    }
    return undefined
  }

  #newest(): Segment | undefined {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#numbers.length === 0 || attempt > 0) this.#refresh()
      const number = this.#numbers.at(-1)
      if (number === undefined) return undefined
      const segment = this.#segment(number)
      if (segment) return segment
    }
    return undefined
  }

  #after(number: number): number | undefined {
    if (this.#numbers.at(-1) === number) this.#refresh()
    return this.#numbers.find((n) => n > number)
  }

  #baseOf(number: number): readonly number[] | undefined {
    return this.#bases.get(number) ?? this.#segment(number)?.base
  }

  /** `undefined` when retention has removed it. A segment that is open stays readable after its removal. */
  #segment(number: number): Segment | undefined {
    const open = this.#open.get(number)
    if (open) return open
    this.#makeshift?.close()
    this.#makeshift = undefined
    try {
      return this.#keep(new Segment(this.#folder.file(number), number))
    } catch (error) {
      return isGone(error, this.#folder.file(number)) ? undefined : this.#withoutSpace(number, error)
    }
  }

  #keep(segment: Segment): Segment {
    for (const [other, old] of this.#open) {
      if (this.#open.size < KEPT_OPEN) break
      old.close()
      this.#open.delete(other)
    }
    this.#opened++
    this.#open.set(segment.number, segment)
    this.#bases.set(segment.number, segment.base)
    return segment
  }

  /**
   * A disk that is full has no room for the files that SQLite puts beside one that it opens. Without them a finished
   * segment reads as well, and one that is still written shows at least what is in the file itself.
   */
  #withoutSpace(number: number, error: unknown): Segment {
    const full = translate(error, 'open a segment', this.#folder.path).code === 'LOG_FULL'
    if (!full || this.#folder.walBytes(number) > 0) throw error
    const segment = new Segment(this.#folder.file(number), number, { immutable: true })
    if (segment.sealed) return this.#keep(segment)
    this.#makeshift = segment
    return segment
  }

  #refresh(): void {
    this.#numbers = this.#folder.numbers()
    const kept = new Set(this.#numbers)
    for (const number of this.#bases.keys()) if (!kept.has(number)) this.#bases.delete(number)
    for (const [number, segment] of this.#open) {
      if (kept.has(number)) continue
      segment.close()
      this.#open.delete(number)
    }
  }
}

function ahead(topic: string, partition: number, offset: number, next: number): QuartierError {
  const what = `read ${topic} partition ${partition} from offset ${offset}: the log ends at ${next}`
  return new QuartierError('LOG_POSITION_AHEAD', `${what}; its files are older than the position`)
}
