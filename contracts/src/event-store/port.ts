import type { Position } from '../event-log/port.ts'
import type { EventCounts } from '../events/batch.ts'
import type { EventColumns } from '../events/columns.ts'
import type { DistrictEvent } from '../events/event.ts'
import type { EventKind, Severity } from '../events/kinds.ts'
import type { LedgerEntry } from '../schemas/ledger.ts'

/** What is looked for; what is not given does not restrict. Lists hold what may be, up to 500 of each. */
export interface EventQuery {
  /** Half-open `[from, to)` in `measuredAt`, epoch ms. */
  readonly from: number
  readonly to: number
  readonly kinds?: readonly EventKind[] | undefined
  readonly zones?: readonly string[] | undefined
  readonly assets?: readonly string[] | undefined
  /** `source/device`. */
  readonly devices?: readonly string[] | undefined
  /** This severity and worse. */
  readonly severity?: Severity | undefined
  /** Stands in the device or in the attributes, in any case. */
  readonly text?: string | undefined
  /** 1–1,000. */
  readonly limit: number
  /** `next` of the page before. */
  readonly before?: string | undefined
}

export interface EventPage {
  /** Newest first; those of one instant in descending order of their ids. */
  readonly events: readonly DistrictEvent[]
  /** Where the next page begins; absent when everything was looked through. A page may be short and have a next one. */
  readonly next?: string
}

/** What was stored since some call before. */
export interface Arrivals {
  /** The newest of them by `receivedAt`, newest last, at most 1,000. One may have been among those of the call before. */
  readonly events: readonly DistrictEvent[]
  /** For the next call. */
  readonly cursor: string
}

/** Events as those see them who only ask. */
export interface EventReader {
  /** @throws QuartierError EVENTS_QUERY for a cursor that is none; STORE_UNAVAILABLE (retriable) */
  search(query: EventQuery): Promise<EventPage>
  /** What was stored since the call that gave the cursor; without one nothing but a cursor. */
  arrivals(cursor?: string): Promise<Arrivals>
  /** How much there is. */
  usage(): Promise<{ readonly events: number; readonly bytes: number; readonly oldestAt: number | null }>
  close(): Promise<void>
}

/** Which asset and zone an event belongs to, as it is when it is stored; it keeps them when these change. */
export interface Whereabouts {
  readonly assetId: string | null
  readonly zoneId: string | null
}

/** Consecutive records of one partition of `events.v1`. */
export interface EventWrite {
  readonly partition: number
  readonly firstOffset: number
  readonly nextOffset: number
  /** When the first of them was received, epoch ms. */
  readonly receivedAt: number
  /** One per record, none for records that could not be read. Not changed, and not kept. */
  readonly columns: readonly EventColumns[]
  /** What the gateway counted of them. */
  readonly counts: readonly EventCounts[]
}

export interface EventWriteResult {
  readonly stored: number
  readonly duplicates: number
  /** Refused because they are older than the store keeps, by the event's own times. */
  readonly tooLate: number
}

/** Ledger entries of ranges that are closed for good: told again, they are the same. */
export interface ClosedRanges {
  readonly entries: readonly LedgerEntry[]
  /** They stand in the ledger and need not be told again. */
  told(): Promise<void>
}

/**
 * Keeps events, each once: two of the same device with the same id are one, whatever else they say; the first stays.
 * One that was measured before the store's memory of ids begins (about a million events or a day) is compared with those
 * stored for its instant.
 *
 * Errors are `QuartierError`: STORE_UNAVAILABLE (retriable), STORE_CORRUPT, STORE_LOCKED (somebody else writes these
 * partitions by now), STORE_CLOSED.
 */
export interface EventStore extends EventReader {
  /** Stores the events, the position behind them and their side of the ledger in one transaction, durably. */
  write(
    writes: readonly EventWrite[],
    placeOf: (owner: string, asset?: string) => Whereabouts,
  ): Promise<EventWriteResult>
  /** Offset of the next record to be written, by partition. */
  position(): Promise<Position>
  /** Closes the ranges written so far and returns all that were not told yet. */
  closeRanges(): Promise<ClosedRanges>
  /** Merges what lies in small pieces and removes what has been kept long enough. To be called every few seconds. */
  upkeep(now: number): Promise<void>
}

export interface EventRetention {
  /** How long events are kept, by `measuredAt`, ms. */
  readonly eventsMs: number
  /** The same for those that hold tokens of people or more, ms. */
  readonly personalMs: number
  /** Most bytes; the oldest go first. */
  readonly bytes: number
}
