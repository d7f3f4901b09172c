import type {
  AboutView,
  ApiError,
  AssetPage,
  Attention,
  DeviceLogView,
  DevicesView,
  DistrictView,
  EventsPage,
  FoundAsset,
  KeptMapping,
  MappingToSave,
  PeopleView,
  PersonSaved,
  PersonToSave,
  PlatformView,
  Preview,
  ReceiptsView,
  SearchView,
  SeriesCard,
  SeriesPage,
  SeriesVersions,
  SessionView,
  TileIndex,
  WindowsView,
} from '@quartier/contracts/api'
import { setTimeZone } from '../i18n/format.ts'

/** A request that got no useful answer. `code` is the server's, or TIMEOUT, UNREACHABLE. */
export class RequestError extends Error {
  readonly code: string
  readonly status: number
  /** Seconds to wait before another try, where the server said so. */
  readonly retryAfterS: number

  constructor(code: string, message: string, status = 0, retryAfterS = 0) {
    super(message)
    this.name = 'RequestError'
    this.code = code
    this.status = status
    this.retryAfterS = retryAfterS
  }
}

export const REQUEST_TIMEOUT_MS = 10_000

/** Scripts cannot see the session's cookie; this remembers that there should be one, so that nobody asks in vain. */
const HINT_KEY = 'quartier.signedIn'

function hinted(): boolean {
  try {
    return localStorage.getItem(HINT_KEY) !== null
  } catch {
    return true
  }
}

function keepHint(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(HINT_KEY, '1')
    else localStorage.removeItem(HINT_KEY)
  } catch {
    // A closed storage only means that the next visit asks.
  }
}

let csrfToken = ''

/** The session of this browser, or `undefined` when nobody is signed in. */
export async function currentSession(): Promise<SessionView | undefined> {
  if (!hinted()) return undefined
  try {
    return remember(await ask<SessionView>('/api/session'))
  } catch (error) {
    if (error instanceof RequestError && error.status === 401) {
      keepHint(false)
      return undefined
    }
    throw error
  }
}

export async function signIn(name: string, password: string): Promise<SessionView> {
  return remember(await ask<SessionView>('/api/session', { method: 'POST', body: { name, password } }))
}

export async function signOut(): Promise<void> {
  await ask('/api/session', { method: 'DELETE' })
  csrfToken = ''
  keepHint(false)
}

/** The district's places; what stands in them comes tile by tile. */
export const fetchDistrict = (signal?: AbortSignal) => ask<DistrictView>('/api/district?assets=none', { signal })

/** What the rows of a tile are. The browser keeps it: the same revision is always the same. */
export const fetchTileIndex = (id: string, revision: number, signal?: AbortSignal) =>
  ask<TileIndex>(`/api/live/tiles/${encodeURIComponent(id)}?revision=${revision}`, { signal })

/** Lines of what needs a look, also those behind a line that stands for several. */
export const fetchAttention = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<Attention>(`/api/attention?${query}`, { signal })

/** One asset with all that is known of it. */
export const fetchAsset = (id: string, signal?: AbortSignal) =>
  ask<AssetPage>(`/api/assets/${encodeURIComponent(id)}`, { signal })

/** Assets by their ids; those that nobody may see are missing. */
export async function fetchAssets(ids: readonly string[], signal?: AbortSignal): Promise<readonly FoundAsset[]> {
  const query = new URLSearchParams(ids.map((id) => ['id', id]))
  return (await ask<{ readonly assets: readonly FoundAsset[] }>(`/api/lookup/assets?${query}`, { signal })).assets
}

export const fetchSearch = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<SearchView>(`/api/search?${query}`, { signal })

export const fetchPlatform = (signal?: AbortSignal) => ask<PlatformView>('/api/platform', { signal })

/** Which district this is and its time; needs no session. */
export async function fetchAbout(signal?: AbortSignal): Promise<AboutView> {
  const about = await ask<AboutView>('/api/about', { signal })
  setTimeZone(about.timeZone)
  return about
}

export const fetchPeople = (signal?: AbortSignal) => ask<PeopleView>('/api/people', { signal })
/** Creates or changes a person. @param key the same for every try of one command, so that it happens once */
export const savePerson = (person: PersonToSave, key: string) =>
  ask<PersonSaved>('/api/people', { method: 'POST', body: person, key })

/** Series that wait to be adopted, the first thousand. */
export const fetchQuarantine = (signal?: AbortSignal) =>
  ask<{ readonly series: readonly { readonly key: string }[]; readonly total: number }>('/api/quarantine?limit=1000', {
    signal,
  })

export const adoptSeries = (keys: readonly string[], key: string) =>
  ask<unknown>('/api/quarantine/adopt', { method: 'POST', body: { keys }, key })

/** A page of the devices that a query finds. */
export const fetchDevices = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<DevicesView>(`/api/devices?${query}`, { signal })

/** What happened to devices at the gateway's door, newest first; to one of them when it is named. */
export const fetchDeviceLog = (device: string, signal?: AbortSignal) =>
  ask<DeviceLogView>(`/api/devices/log?${new URLSearchParams({ limit: '100', ...(device && { device }) })}`, { signal })

/** Takes away everything by which somebody gets in; its connections end within a second. */
export const shutOut = (name: string, reason: string, key: string) =>
  ask<{ readonly revoked: number }>(`/api/principals/${encodeURIComponent(name)}/revoke`, {
    method: 'POST',
    body: { reason },
    key,
  })

/** Registers a device that speaks for itself; resolves to its secret, which is shown this once. */
export const letDeviceIn = (name: string, key: string) =>
  ask<{ readonly secret: string }>('/api/principals', {
    method: 'POST',
    body: {
      name,
      source: name,
      kind: 'device',
      publish: ['t/%s/#', 'senml/%s/#', 'pack/%s/#'],
      subscribe: ['t/%s/d/+/cmd/#'],
      devices: [name],
    },
    key,
  })

/** The JSON mappings that are edited while the platform runs, by name. */
export const fetchMappings = (signal?: AbortSignal) =>
  ask<{ readonly mappings: readonly KeptMapping[] }>('/api/mappings', { signal })

export const saveMapping = (mapping: MappingToSave, key: string) =>
  ask<unknown>('/api/mappings', { method: 'POST', body: mapping, key })

export const removeMapping = (name: string) =>
  ask<unknown>(`/api/mappings/${encodeURIComponent(name)}`, { method: 'DELETE' })

/** What a gateway would make of a message with this mapping; nothing is stored. */
export const tryMapping = (mapping: MappingToSave, mqttTopic: string, payload: string) =>
  ask<Preview>('/api/mappings/preview', { method: 'POST', body: { mapping, mqttTopic, payload } })

/** What was removed in the last day from the messages of the camera that a series belongs to, and the newest receipts. */
export const fetchReceipts = (series: string, signal?: AbortSignal) =>
  ask<ReceiptsView>(`/api/receipts?${new URLSearchParams({ series, minutes: '1440', limit: '240' })}`, { signal })

/** Events that a query finds, newest first. */
export const fetchEvents = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<EventsPage>(`/api/events?${query}`, { signal })

/** Windows of one series. @param from @param to epoch ms, half-open @param step width of a window in ms */
export function fetchWindows(key: string, from: number, to: number, step: number, signal?: AbortSignal) {
  const query = new URLSearchParams({ series: key, from: String(from), to: String(to), step: String(step) })
  return ask<WindowsView>(`/api/windows?${query}`, { signal })
}

interface Stretch {
  /** Epoch ms, half-open. */
  readonly from: number
  readonly to: number
  /** Width of a window, ms; the server chooses one where it is not said. */
  readonly step?: number
}

/** Windows of several series: of a stretch of time, or of the last so many ms. */
export function fetchHistory(
  keys: readonly string[],
  range: Stretch | { readonly last: number },
  signal?: AbortSignal,
): Promise<WindowsView> {
  const query = new URLSearchParams(keys.map((key) => ['series', key]))
  for (const name of ['from', 'to', 'step', 'last'] as const) {
    const value = (range as Partial<Record<typeof name, number>>)[name]
    if (value !== undefined) query.set(name, String(value))
  }
  return ask<WindowsView>(`/api/windows?${query}`, { signal })
}

/** Where a file of readings lies; with a step, of windows of that width, with `back` also of so many ms earlier. */
export function exportPath(keys: readonly string[], { from, to, step }: Stretch, back?: number): string {
  const query = new URLSearchParams(keys.map((key) => ['series', key]))
  query.set('from', String(from))
  query.set('to', String(to))
  if (step !== undefined) query.set('step', String(step))
  if (back) query.set('back', String(back))
  return `/api/export?${query}`
}

/** A file, as text. */
export async function fetchFile(path: string, signal?: AbortSignal): Promise<Blob> {
  const response = await fetch(path, { signal })
  if (!response.ok) throw await refusal(response)
  return response.blob()
}

/** A page of the registry's series, with the assets and places that they belong to. */
export const searchSeries = (query: URLSearchParams, signal?: AbortSignal) =>
  ask<SeriesPage>(`/api/series?${query}`, { signal })

/** What a series was and is, oldest first. */
export const fetchSeriesVersions = (key: string, signal?: AbortSignal) =>
  ask<SeriesVersions>(`/api/series/${encodeURIComponent(key)}/versions`, { signal })

/** One series: what it is, where it is and its newest value. */
export const fetchSeriesCard = (key: string, signal?: AbortSignal) =>
  ask<SeriesCard>(`/api/series/${encodeURIComponent(key)}`, { signal })

interface Request {
  readonly method?: string
  readonly body?: unknown
  /** In place of a body of JSON. */
  readonly file?: { readonly type: string; readonly content: Blob }
  /** How long an answer is waited for, ms. */
  readonly patienceMs?: number
  /** Of a command that must not happen twice. */
  readonly key?: string
  readonly signal?: AbortSignal
}

/** One request of the interface, as every function here makes it. @throws RequestError */
export async function ask<Answer>(
  path: string,
  { method = 'GET', body, file, key, signal, patienceMs = REQUEST_TIMEOUT_MS }: Request = {},
): Promise<Answer> {
  const limit = AbortSignal.timeout(patienceMs)
  const headers: Record<string, string> = {}
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken
  if (key !== undefined) headers['idempotency-key'] = key
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (file) headers['content-type'] = file.type
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      body: file?.content ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw limit.aborted
      ? new RequestError('TIMEOUT', `no answer in ${patienceMs / 1000} s`)
      : new RequestError('UNREACHABLE', String(cause))
  }
  if (!response.ok) throw await refusal(response)
  return (response.status === 204 ? undefined : await response.json()) as Answer
}

async function refusal(response: Response): Promise<RequestError> {
  const said = (await response.json().catch(() => ({}))) as Partial<ApiError>
  const wait = Number(response.headers.get('retry-after')) || 0
  return new RequestError(said.code ?? 'UNKNOWN', said.message ?? response.statusText, response.status, wait)
}

function remember(session: SessionView): SessionView {
  csrfToken = session.csrfToken
  if (session.timeZone) setTimeZone(session.timeZone)
  keepHint(true)
  return session
}
