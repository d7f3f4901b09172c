import type { Batch, EventLog, LogRecord } from '../event-log/port.ts'
import { type SeriesDefinition, seriesDefinitionSchema } from '../schemas/registry.ts'
import { SERIES } from '../topics.ts'

export interface SeriesFollower {
  /** Settles once everything that stood in the log at the start was handed over; rejects when following failed. */
  readonly caughtUp: Promise<void>
  /** Settles when the signal ended the following; rejects when the log or `onDefinitions` failed. */
  readonly done: Promise<void>
}

/** Takes definitions in log order, a later one replacing an earlier one of the same key, and keys that are gone. */
export type OnDefinitions = (definitions: readonly SeriesDefinition[], removed: readonly string[]) => unknown

/**
 * Hands over what `series.v1` holds and then whatever is added, until the signal. Begins at the earliest record each
 * time: followers keep definitions in memory. Records that are no definition are passed over.
 */
export function followSeries(
  log: EventLog,
  group: string,
  signal: AbortSignal,
  onDefinitions: OnDefinitions,
): SeriesFollower {
  const caughtUp = Promise.withResolvers<void>()
  const follow = async () => {
    const ends = new Map(
      (await log.ranges(SERIES)).filter((r) => r.next > r.earliest).map((r) => [r.partition, r.next]),
    )
    if (ends.size === 0) caughtUp.resolve()
    for await (const batch of log.consume(SERIES, group, { signal, from: 'earliest', maxRecords: 4096 })) {
      const { definitions, removed } = readDefinitions(batch)
      if (definitions.length + removed.length > 0) await onDefinitions(definitions, removed)
      for (const [partition, next] of ends) if ((batch.end[partition] ?? 0) >= next) ends.delete(partition)
      if (ends.size === 0) caughtUp.resolve()
    }
    caughtUp.resolve()
  }
  const done = follow()
  done.catch(caughtUp.reject)
  caughtUp.promise.catch(() => {})
  return { caughtUp: caughtUp.promise, done }
}

function readDefinitions(batch: Batch) {
  const definitions: SeriesDefinition[] = []
  const removed: string[] = []
  for (const record of batch.records) {
    if (record.value.length === 0) removed.push(record.key)
    else {
      const definition = readDefinition(record)
      if (definition) definitions.push(definition)
    }
  }
  return { definitions, removed }
}

/** The definition in a record of `series.v1`; undefined when it holds none, or that of another key. */
export function readDefinition(record: LogRecord): SeriesDefinition | undefined {
  const { buffer, byteOffset, length } = record.value
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(buffer, byteOffset, length).toString())
  } catch {
    return undefined
  }
  const definition = isComplete(value) ? value : seriesDefinitionSchema.safeParse(value).data
  return definition?.key === record.key ? definition : undefined
}

/** The common case by hand, ten times as quick as the schema, which judges everything else. */
function isComplete(value: unknown): value is SeriesDefinition {
  if (typeof value !== 'object' || value === null) return false
  const d = value as Record<keyof SeriesDefinition, unknown>
  return (
    typeof d.key === 'string' &&
    typeof d.id === 'string' &&
    d.id.length === 16 &&
    typeof d.property === 'string' &&
    typeof d.unit === 'string' &&
    (typeof d.assetId === 'string' || d.assetId === null) &&
    typeof d.intervalMs === 'number' &&
    typeof d.source === 'string' &&
    (typeof d.validMin === 'number' || d.validMin === null) &&
    (typeof d.validMax === 'number' || d.validMax === null) &&
    (d.status === 'active' || d.status === 'provisioned' || d.status === 'quarantined' || d.status === 'retired') &&
    typeof d.personal === 'boolean' &&
    typeof d.historical === 'boolean' &&
    (d.sentUnit === undefined || typeof d.sentUnit === 'string') &&
    d.sentBefore === undefined &&
    (d.learntIntervalMs === undefined || typeof d.learntIntervalMs === 'number')
  )
}
