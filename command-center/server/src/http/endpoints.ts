import * as api from '@quartier/contracts/api'
import { z } from 'zod'
import type { Endpoint } from '../access/permissions.ts'

/** What the OpenAPI document tells about an endpoint; who may use it stands in the permission table. */
export interface EndpointFacts {
  readonly summary: string
  readonly tag: 'session' | 'district' | 'readings' | 'events' | 'operations' | 'people' | 'platform'
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Media types of the body where it is not JSON. */
  readonly bodyType?: readonly string[]
  /** Success: a schema answers 200 in JSON, a media type 200 in that, `null` answers 204. */
  readonly answer: z.ZodType | string | null
}

export const ENDPOINTS: Readonly<Record<Endpoint, EndpointFacts>> = {
  'POST /api/session': {
    tag: 'session',
    summary: 'Sign in; sets the session cookie',
    body: api.loginSchema,
    answer: api.sessionSchema,
  },
  'GET /api/session': { tag: 'session', summary: 'Who is signed in', answer: api.sessionSchema },
  'DELETE /api/session': { tag: 'session', summary: 'Sign out', answer: null },
  'GET /api/district': {
    tag: 'district',
    summary: 'Places and assets as GeoJSON',
    query: api.districtQuerySchema,
    answer: api.districtSchema,
  },
  'GET /api/zones': { tag: 'district', summary: 'State of each zone', answer: api.zonesSchema },
  'GET /api/attention': {
    tag: 'district',
    summary: 'What needs a look now, most pressing first',
    query: api.attentionQuerySchema,
    answer: api.attentionSchema,
  },
  'GET /api/live/tiles/:id': {
    tag: 'district',
    summary: 'What the rows of a live tile are, in their order',
    query: api.tileQuerySchema,
    answer: api.tileIndexSchema,
  },
  'GET /api/series': {
    tag: 'district',
    summary: 'Search the registry',
    query: api.seriesQuerySchema,
    answer: api.seriesPageSchema,
  },
  'GET /api/series/:key': {
    tag: 'district',
    summary: 'One series, where it is and its newest value',
    answer: api.seriesCardSchema,
  },
  'GET /api/series/:key/versions': {
    tag: 'district',
    summary: 'What one series was and is: unit, range, asset, place and zone, and from when to when',
    answer: api.seriesVersionsSchema,
  },
  'GET /api/registry': {
    tag: 'district',
    summary: 'Where one stands in the hierarchy, and what lies and hangs right below',
    query: api.registryNodeQuerySchema,
    answer: api.registryNodeSchema,
  },
  'GET /api/assets': {
    tag: 'district',
    summary: 'Search assets by id, name and kind',
    query: api.assetsQuerySchema,
    answer: api.assetsPageSchema,
  },
  'PATCH /api/assets/:id': {
    tag: 'district',
    summary: 'Change an asset; what it was stays as a version',
    body: api.editAssetSchema,
    answer: api.assetEditedSchema,
  },
  'PATCH /api/series/:key': {
    tag: 'district',
    summary: 'Change a series; what it was stays as a version',
    body: api.editSeriesSchema,
    answer: api.seriesEditedSchema,
  },
  'GET /api/assets/:id': {
    tag: 'district',
    summary: 'One asset, what it hangs on, what hangs on it, and what it was',
    query: api.assetQuerySchema,
    answer: api.assetPageSchema,
  },
  'GET /api/search': {
    tag: 'district',
    summary: 'Assets and series that carry all the words, for somebody who types',
    query: api.searchQuerySchema,
    answer: api.searchSchema,
  },
  'GET /api/lookup/assets': {
    tag: 'district',
    summary: 'Assets by their ids',
    query: api.lookupQuerySchema,
    answer: api.lookupSchema,
  },
  'GET /api/last': {
    tag: 'readings',
    summary: 'Newest values',
    query: api.lastQuerySchema,
    answer: api.lastPageSchema,
  },
  'GET /api/windows': {
    tag: 'readings',
    summary: 'Windows of readings',
    query: api.windowsQuerySchema,
    answer: api.windowsSchema,
  },
  'GET /api/range': {
    tag: 'readings',
    summary: 'Readings, oldest first',
    query: api.rangeQuerySchema,
    answer: api.rangeSchema,
  },
  'GET /api/events': {
    tag: 'events',
    summary: 'Search events by time, zone, kind and asset, newest first',
    query: api.eventsQuerySchema,
    answer: api.eventsPageSchema,
  },
  'GET /api/export': { tag: 'readings', summary: 'Readings as CSV', query: api.exportQuerySchema, answer: 'text/csv' },
  'GET /api/platform': { tag: 'platform', summary: 'The health strip', answer: api.platformSchema },
  'GET /api/health': {
    tag: 'platform',
    summary: 'Rates, latencies, disk, retention, gateways and certificates in detail',
    answer: api.healthSchema,
  },
  'GET /api/health/silent': {
    tag: 'platform',
    summary: 'Silent sensors by gateway, those in trouble first',
    query: api.silentQuerySchema,
    answer: api.silentSchema,
  },
  'GET /api/health/silent/series': {
    tag: 'platform',
    summary: 'The silent series of one gateway',
    query: api.silentSeriesQuerySchema,
    answer: api.silentSeriesSchema,
  },
  'GET /api/ledger': {
    tag: 'operations',
    summary: 'What was received, stored and refused, by source',
    query: api.ledgerQuerySchema,
    answer: api.ledgerSchema,
  },
  'GET /api/receipts': {
    tag: 'operations',
    summary: 'What the privacy firewall removed, by camera and minute',
    query: api.receiptsQuerySchema,
    answer: api.receiptsSchema,
  },
  'GET /api/privacy': {
    tag: 'operations',
    summary: 'What was removed against the ledger, keys of days, and how long what concerns people is kept',
    query: api.privacyQuerySchema,
    answer: api.privacySchema,
  },
  'GET /api/rejected/counts': {
    tag: 'operations',
    summary: 'How many dead letters there are, by source and reason',
    query: api.rejectedCountsQuerySchema,
    answer: api.rejectedCountsSchema,
  },
  'POST /api/rejected/redrive': {
    tag: 'operations',
    summary: 'Take dead letters in again, decoded as things are now',
    body: api.redriveSchema,
    answer: api.redrivenSchema,
  },
  'GET /api/rejected': {
    tag: 'operations',
    summary: 'Dead letters, newest first',
    query: api.rejectedQuerySchema,
    answer: api.rejectedSchema,
  },
  'GET /api/quarantine': {
    tag: 'operations',
    summary: 'Series that wait to be adopted',
    query: api.quarantineQuerySchema,
    answer: api.quarantineSchema,
  },
  'POST /api/quarantine/adopt': {
    tag: 'operations',
    summary: 'Adopt quarantined series',
    body: api.adoptSchema,
    answer: api.adoptedSchema,
  },
  'POST /api/registry/import/preview': {
    tag: 'operations',
    summary: 'What an import would add, change and refuse; nothing is kept',
    query: api.importQuerySchema,
    body: z.string(),
    bodyType: ['text/csv', 'application/geo+json'],
    answer: api.importPreviewSchema,
  },
  'POST /api/registry/import': {
    tag: 'operations',
    summary: 'Import places, assets and series from CSV or GeoJSON',
    query: api.importQuerySchema,
    body: z.string(),
    bodyType: ['text/csv', 'application/geo+json'],
    answer: api.importReportSchema,
  },
  'GET /api/audit': {
    tag: 'operations',
    summary: 'The audit chain, newest first',
    query: api.auditQuerySchema,
    answer: api.auditSchema,
  },
  'GET /api/audit/verify': {
    tag: 'operations',
    summary: 'Whether the audit chain is whole',
    answer: api.auditVerifySchema,
  },
  'GET /api/people': { tag: 'people', summary: 'People who may sign in', answer: api.peopleSchema },
  'POST /api/people': {
    tag: 'people',
    summary: 'Create or change a person',
    body: api.putPersonSchema,
    answer: api.personSavedSchema,
  },
  'GET /api/principals': { tag: 'people', summary: 'Who may speak MQTT', answer: api.principalsSchema },
  'POST /api/principals': {
    tag: 'people',
    summary: 'Create or replace a principal; the secret is shown once',
    body: api.principalSchema,
    answer: api.principalCreatedSchema,
  },
  'DELETE /api/principals/:name': { tag: 'people', summary: 'Remove a principal', answer: null },
  'GET /api/mappings': {
    tag: 'operations',
    summary: 'JSON mappings that are edited while the platform runs',
    answer: api.mappingsSchema,
  },
  'POST /api/mappings': {
    tag: 'operations',
    summary: 'Add or change a JSON mapping; it holds at once',
    body: api.mappingSchema,
    answer: api.mappingSavedSchema,
  },
  'POST /api/mappings/preview': {
    tag: 'operations',
    summary: 'What a mapping would make of a message; nothing is stored',
    body: api.previewBodySchema,
    answer: api.previewSchema,
  },
  'DELETE /api/mappings/:name': { tag: 'operations', summary: 'Remove a JSON mapping', answer: null },
  'GET /api/principals/:name/credentials': {
    tag: 'people',
    summary: 'Certificates and tokens of a principal; never what they hold',
    answer: api.credentialsSchema,
  },
  'POST /api/principals/:name/revoke': {
    tag: 'people',
    summary: 'Take away all credentials of a principal; its connections end within a second',
    body: api.revokeSchema,
    answer: api.revokedSchema,
  },
  'GET /api/devices': {
    tag: 'operations',
    summary: 'Devices, gateways and services: when each was last heard, and how much it says',
    query: api.devicesQuerySchema,
    answer: api.devicesSchema,
  },
  'GET /api/devices/log': {
    tag: 'operations',
    summary: 'What happened to devices at the door, newest first',
    query: api.deviceLogQuerySchema,
    answer: api.deviceLogSchema,
  },
  'GET /api/about': {
    tag: 'platform',
    summary: 'Which district this is and what time it is there',
    answer: api.aboutSchema,
  },
  'GET /openapi.json': { tag: 'platform', summary: 'This document', answer: z.looseObject({ openapi: z.string() }) },
  'GET /metrics': { tag: 'platform', summary: 'Prometheus text of all services of this machine', answer: 'text/plain' },
  'GET /healthz': { tag: 'platform', summary: 'Whether the process lives', answer: api.readinessSchema },
  'GET /readyz': {
    tag: 'platform',
    summary: 'Whether every part is ready; 503 until then',
    answer: api.readinessSchema,
  },
}
