import type { Groups } from './groups.ts'
import { planRetention, type Removal, type SealedSegment } from './retention.ts'
import { openSegment, type TopicFolder } from './topic-folder.ts'

const CHECK_AGAIN_MS = 500

/** Carries out retention: looks at the files of all topics, plans, unlinks. */
export class Keeper {
  readonly #folders: ReadonlyMap<string, TopicFolder>
  readonly #groups: Groups
  readonly #diskBudgetBytes: number
  /** Facts of sealed segments, which do not change. */
  readonly #known = new Map<string, SegmentFacts>()
  #removed: Removal[] = []
  #overBudget = false
  #lookedAt = 0

  constructor(folders: ReadonlyMap<string, TopicFolder>, groups: Groups, diskBudgetBytes: number) {
    this.#folders = folders
    this.#groups = groups
    this.#diskBudgetBytes = diskBudgetBytes
  }

  /** True while the log exceeds its budget with what must be kept; looks again twice a second. */
  isOverBudget(now: number): boolean {
    if (this.#overBudget && performance.now() - this.#lookedAt > CHECK_AGAIN_MS) this.retain(now)
    return this.#overBudget
  }

  /** Unlinks what need not be kept any more. */
  retain(now: number): void {
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
    const topics = [...this.#folders.values()].map((folder) => folder.declaration)
    const plan = planRetention({ topics, sealed, bytes, diskBudgetBytes: this.#diskBudgetBytes, now })
    this.#overBudget = plan.overBudgetBytes > 0
    this.#removed.push(...plan.remove.filter((removal) => this.#remove(removal)))
  }

  /** What was unlinked since the last call. */
  takeRemoved(): readonly Removal[] {
    return this.#removed.splice(0)
  }

  /** False when somebody still reads it in a way that keeps its write-ahead log open: then it goes next time. */
  #remove(removal: Removal): boolean {
    const folder = this.#folders.get(removal.topic) as TopicFolder
    if (folder.walBytes(removal.number) > 0) {
      const segment = openSegment(folder, removal.number)
      const settled = segment?.checkpoint() ?? true
      segment?.close()
      if (!settled) return false
    }
    folder.remove(removal.number)
    return true
  }

  #facts(folder: TopicFolder, number: number): SegmentFacts | undefined {
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
}

/** Where a segment begins, and the time of its newest record. */
interface SegmentFacts {
  readonly lastAt: number
  readonly base: readonly number[]
}
