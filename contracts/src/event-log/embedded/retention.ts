import type { TopicDeclaration } from '../../topics.ts'

/** What retention must know about one sealed segment. */
export interface SealedSegment {
  readonly topic: string
  readonly number: number
  readonly bytes: number
  /** Time of its newest record, epoch ms. */
  readonly lastAt: number
  /** Every group that the topic requires has committed past it. */
  readonly passed: boolean
}

export type Removal = SealedSegment & { readonly because: 'age' | 'size' | 'budget' }

export interface RetentionInput {
  readonly topics: readonly TopicDeclaration[]
  /** Oldest first within a topic. */
  readonly sealed: readonly SealedSegment[]
  /** Bytes of every topic, the segments being written included. */
  readonly bytes: ReadonlyMap<string, number>
  readonly diskBudgetBytes: number
  readonly now: number
}

export interface RetentionPlan {
  readonly remove: readonly Removal[]
  /** Bytes by which the log exceeds its budget after the removals. */
  readonly overBudgetBytes: number
}

/**
 * Which segments go: those older than their topic's age, then the oldest of a topic beyond its size, then, while the
 * whole log exceeds its budget, the oldest of the topics in table order (`readings.v1` is first). Never one that a
 * required group has yet to read.
 */
export function planRetention(input: RetentionInput): RetentionPlan {
  const remove: Removal[] = []
  let total = [...input.bytes.values()].reduce((sum, bytes) => sum + bytes, 0)
  const kept = new Map<string, SealedSegment[]>()
  for (const topic of input.topics) {
    const age = topic.retentionMs ?? Number.POSITIVE_INFINITY
    const size = topic.retentionBytes ?? Number.POSITIVE_INFINITY
    const segments = input.sealed.filter((s) => s.topic === topic.name)
    let bytes = input.bytes.get(topic.name) ?? 0
    const rest: SealedSegment[] = []
    for (const segment of segments) {
      const because = input.now - segment.lastAt > age ? 'age' : bytes > size ? 'size' : undefined
      if (because && segment.passed && rest.length === 0) {
        remove.push({ ...segment, because })
        bytes -= segment.bytes
        total -= segment.bytes
      } else rest.push(segment)
    }
    kept.set(topic.name, rest)
  }
  for (const topic of input.topics) {
    if (topic.retentionBytes === undefined) continue
    for (const segment of kept.get(topic.name) ?? []) {
      if (total <= input.diskBudgetBytes || !segment.passed) break
      remove.push({ ...segment, because: 'budget' })
      total -= segment.bytes
    }
  }
  return { remove, overBudgetBytes: Math.max(0, total - input.diskBudgetBytes) }
}
