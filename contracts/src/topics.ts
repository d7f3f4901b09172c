/** How one topic of the log is kept. `retentionMs` and `retentionBytes` are upper bounds; compacted topics have none. */
export interface TopicDeclaration {
  readonly name: string
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
  readonly retentionMs?: number
  readonly retentionBytes?: number
  /** Consumer groups that must have committed past a record before age, size or the disk budget may remove it. */
  readonly requiredBy?: readonly string[]
}

const DAY = 86_400_000
const GB = 1_000_000_000

export const READINGS = 'readings.v1'
export const STATES = 'states.v1'
export const EVENTS = 'events.v1'
export const SERIES = 'series.v1'
export const ASSETS = 'assets.v1'
export const STATE = 'state.v1'
export const REJECTED = 'rejected.v1'
export const LEDGER = 'ledger.v1'
export const RECEIPTS = 'receipts.v1'
export const AUDIT = 'audit.v1'
export const CLOCK = 'clock.v1'
export const CODEC_STATES = 'codec-states.v1'
export const MAPPINGS = 'mappings.v1'
export const PREVIEWS = 'previews.v1'
export const REDRIVES = 'redrives.v1'

/** Every topic of the platform, once. What holds what is told in docs/architecture.md. */
export const TOPICS: readonly TopicDeclaration[] = [
  {
    name: READINGS,
    partitions: 4,
    cleanup: 'delete',
    retentionMs: 3 * DAY,
    retentionBytes: 8 * GB,
    requiredBy: ['ingest'],
  },
  { name: STATES, partitions: 4, cleanup: 'delete', retentionMs: 30 * DAY, retentionBytes: 1 * GB },
  // The event store keeps them longer; the log holds tokens of people no longer than these may live.
  {
    name: EVENTS,
    partitions: 4,
    cleanup: 'delete',
    retentionMs: 1 * DAY,
    retentionBytes: 1 * GB,
    requiredBy: ['ingest'],
  },
  { name: SERIES, partitions: 1, cleanup: 'compact' },
  { name: ASSETS, partitions: 1, cleanup: 'compact' },
  { name: STATE, partitions: 4, cleanup: 'compact' },
  { name: REJECTED, partitions: 1, cleanup: 'delete', retentionMs: 7 * DAY, retentionBytes: 0.5 * GB },
  { name: LEDGER, partitions: 1, cleanup: 'delete', retentionMs: 365 * DAY, retentionBytes: 1 * GB },
  { name: RECEIPTS, partitions: 1, cleanup: 'delete', retentionMs: 365 * DAY, retentionBytes: 0.5 * GB },
  { name: AUDIT, partitions: 1, cleanup: 'delete', retentionMs: 3650 * DAY },
  { name: CLOCK, partitions: 1, cleanup: 'compact' },
  { name: CODEC_STATES, partitions: 1, cleanup: 'compact' },
  { name: MAPPINGS, partitions: 1, cleanup: 'compact' },
  // Questions hold what somebody has pasted, and are worth nothing once they are answered.
  { name: PREVIEWS, partitions: 1, cleanup: 'delete', retentionMs: 600_000, retentionBytes: 0.01 * GB },
  // As long as the letters that they are about.
  { name: REDRIVES, partitions: 1, cleanup: 'delete', retentionMs: 7 * DAY, retentionBytes: 0.1 * GB },
]

/** The declaration of a topic; throws for a name that is not in the table. */
export function topic(name: string): TopicDeclaration {
  const found = TOPICS.find((t) => t.name === name)
  if (!found) throw new Error(`the topic ${name} is not declared`)
  return found
}
