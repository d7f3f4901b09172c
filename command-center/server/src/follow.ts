import type { LogRecord, Position } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { retrying, waiting } from './retrying.ts'

/** Pause that lets records gather, ms: asking for them a few at a time costs more than taking them in. */
const GATHER_MS = 25
/** So many at once come from behind, where there are more. */
const MANY = 128

export interface FollowOptions {
  readonly from: Position | 'earliest'
  readonly signal: AbortSignal
}

/**
 * Follows a topic until the signal aborts, without ever committing: every replica reads for itself and begins anew
 * after a restart. Sockets and timers get their turn between two batches.
 */
export async function follow(
  deps: Pick<ServiceDeps, 'log' | 'logger'>,
  topic: string,
  options: FollowOptions,
  take: (records: readonly LogRecord[]) => void,
): Promise<void> {
  const { signal } = options
  let from = options.from
  const read = async () => {
    for await (const batch of deps.log.consume(topic, 'command-center', { from, signal })) {
      take(batch.records)
      from = { ...(typeof from === 'string' ? {} : from), ...batch.end }
      await (batch.records.length < MANY ? waiting(GATHER_MS, signal) : breath())
    }
  }
  await retrying(read, { signal, logger: deps.logger, what: `follow ${topic}` })
}

/** The position `records` before the end of every partition of a topic. */
export async function tailOf(log: ServiceDeps['log'], topic: string, records: number): Promise<Position> {
  const ranges = await log.ranges(topic)
  return Object.fromEntries(ranges.map((r) => [r.partition, Math.max(r.earliest, r.next - records)]))
}

/** Lets sockets and timers have their turn. */
export const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
