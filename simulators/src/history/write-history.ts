import { seriesIdOf } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { createHistory, type HistoryOptions } from './history.ts'

export interface HistoryReport {
  readonly readings: number
  readonly instants: number
  readonly series: number
}

export interface WriteOptions {
  readonly onProgress?: (share: number, readings: number) => void
  /** Ends early; what was written so far is durable then. */
  readonly signal?: AbortSignal
}

/** Readings that never went through the log have a partition of their own in the store, which no log has. */
const HISTORY_PARTITION = 1_000_000
const BREATHE_MS = 50

/**
 * Writes the past of a district straight into a store: the same values that its devices would have sent by MQTT,
 * marked as history, durable when it resolves.
 */
export async function writeHistory(
  store: TelemetryStore,
  history: HistoryOptions,
  { onProgress, signal }: WriteOptions = {},
): Promise<HistoryReport> {
  const { series } = history.model
  await store.define(
    series.map(({ key, source, unit }) => ({ ...seriesIdOf(key), key, source, unit, intervalMs: history.everyMs })),
  )
  const past = createHistory(history)
  let offset = (await store.position())[HISTORY_PARTITION] ?? 0
  let readings = 0
  let breathedAt = performance.now()
  while (!signal?.aborted && past.next() > 0) {
    const { columns } = past
    await store.write([{ partition: HISTORY_PARTITION, firstOffset: offset, nextOffset: offset + 1, columns }])
    offset++
    readings += columns.length
    if (performance.now() - breathedAt < BREATHE_MS) continue
    // The store's worker is heard only between two turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    breathedAt = performance.now()
    onProgress?.(past.done / past.instants, readings)
  }
  // Counts are for the ledger of the log; these readings stand outside of it.
  await store.takeCounts()
  await store.takeCounts()
  await store.flush()
  return { readings, instants: past.done, series: series.length }
}
