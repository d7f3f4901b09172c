import type {
  HealthView,
  LedgerView,
  PrivacyView,
  ReceiptsView,
  RedrivenView,
  RejectedCountsView,
  RejectedPage,
  SilentSeriesView,
  SilentView,
} from '@quartier/contracts/api'
import { ask } from './client.ts'

/** Requests of the screens for platform health and privacy. */

export const fetchHealth = (signal?: AbortSignal) => ask<HealthView>('/api/health', { signal })

export const fetchLedger = (minutes: number, signal?: AbortSignal) =>
  ask<LedgerView>(`/api/ledger?minutes=${minutes}`, { signal })

export const fetchSilent = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<SilentView>(`/api/health/silent?${query}`, { signal })

export const fetchSilentSeries = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<SilentSeriesView>(`/api/health/silent/series?${query}`, { signal })

/** Dead letters that a query finds, newest first. */
export const fetchRejected = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<RejectedPage>(`/api/rejected?${query}`, { signal })

export const fetchRejectedCounts = (minutes: number, signal?: AbortSignal) =>
  ask<RejectedCountsView>(`/api/rejected/counts?minutes=${minutes}`, { signal })

/** Decodes dead letters again as things are now; at most 500. */
export const redrive = (offsets: readonly number[], key: string) =>
  ask<RedrivenView>('/api/rejected/redrive', { method: 'POST', body: { offsets }, key, patienceMs: 30_000 })

export const fetchPrivacy = (minutes: number, signal?: AbortSignal) =>
  ask<PrivacyView>(`/api/privacy?minutes=${minutes}`, { signal })

export const fetchReceiptBook = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<ReceiptsView>(`/api/receipts?${query}`, { signal })

export interface AuditEntry {
  readonly offset: number
  readonly at?: number
  readonly principal?: string
  readonly action?: string
  readonly from?: string
  readonly after?: Readonly<Record<string, unknown>>
  readonly result?: string
}

/** Entries of the audit chain under one word, newest first. */
export const fetchAudit = (action: string, before: number | undefined, signal?: AbortSignal) =>
  ask<{ readonly entries: readonly AuditEntry[]; readonly next: number | null }>(
    `/api/audit?${new URLSearchParams({ action, limit: '50', ...(before !== undefined && { before: `${before}` }) })}`,
    { signal },
  )
