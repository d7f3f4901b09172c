import type {
  AssetEdit,
  AssetPage,
  AssetsPage,
  ImportPreviewView,
  importReportSchema,
  RegistryNode,
  SeriesEdit,
} from '@quartier/contracts/api'
import type { Asset, SeriesDefinition } from '@quartier/contracts/schemas'
import type { z } from 'zod'
import { ask } from './client.ts'

/** Requests of the registry screen. */

export type ImportReport = z.infer<typeof importReportSchema>

export const fetchNode = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<RegistryNode>(`/api/registry?${query}`, { signal })

export const findAssets = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<AssetsPage>(`/api/assets?${query}`, { signal })

export const fetchAsset = (id: string, signal?: AbortSignal) =>
  ask<AssetPage>(`/api/assets/${encodeURIComponent(id)}?limit=0`, { signal })

export interface SeriesList {
  readonly series: readonly SeriesDefinition[]
  readonly next: string | null
}

export const findSeries = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<SeriesList>(`/api/series?${query}`, { signal })

export interface SeriesPast {
  readonly versions: readonly {
    readonly sinceAt: number
    readonly untilAt: number | null
    readonly definition: SeriesDefinition
  }[]
}

export const fetchSeriesVersions = (key: string, signal?: AbortSignal) =>
  ask<SeriesPast>(`/api/series/${encodeURIComponent(key)}/versions`, { signal })

export const editAsset = (id: string, changes: AssetEdit, key: string) =>
  ask<{ readonly asset: Asset }>(`/api/assets/${encodeURIComponent(id)}`, { method: 'PATCH', body: changes, key })

export const editSeries = (series: string, changes: SeriesEdit, key: string) =>
  ask<{ readonly series: SeriesDefinition }>(`/api/series/${encodeURIComponent(series)}`, {
    method: 'PATCH',
    body: changes,
    key,
  })

/** A file as the server wants it told: GeoJSON, or CSV. */
export const typeOf = (file: File): string => (/\.(geo)?json$/i.test(file.name) ? 'application/geo+json' : 'text/csv')

export const previewImport = (file: File, signal?: AbortSignal) =>
  ask<ImportPreviewView>('/api/registry/import/preview', {
    method: 'POST',
    file: { type: typeOf(file), content: file },
    patienceMs: 120_000,
    signal,
  })

export const importFile = (file: File, key: string) =>
  ask<ImportReport>('/api/registry/import', {
    method: 'POST',
    file: { type: typeOf(file), content: file },
    patienceMs: 600_000,
    key,
  })

/** Series that wait to be adopted, page by page. */
export const fetchWaiting = (after: string | undefined, signal?: AbortSignal) =>
  ask<{ readonly series: readonly SeriesDefinition[]; readonly total: number; readonly next: string | null }>(
    `/api/quarantine?${new URLSearchParams({ limit: '500', ...(after !== undefined && { after }) })}`,
    { signal },
  )
