import type {
  AboutView,
  ApiError,
  DeviceLogView,
  DevicesView,
  DistrictView,
  EventsPage,
  KeptMapping,
  MappingToSave,
  PeopleView,
  PersonSaved,
  PersonToSave,
  PlatformView,
  Preview,
  ReceiptsView,
  SessionView,
  WindowsView,
  ZoneState,
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

export const fetchDistrict = (signal?: AbortSignal) => ask<DistrictView>('/api/district?assets=all', { signal })

export const fetchPlatform = (signal?: AbortSignal) => ask<PlatformView>('/api/platform', { signal })

export const fetchZones = (signal?: AbortSignal) => ask<{ at: number; zones: ZoneState[] }>('/api/zones', { signal })

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

interface Request {
  readonly method?: string
  readonly body?: unknown
  /** Of a command that must not happen twice. */
  readonly key?: string
  readonly signal?: AbortSignal
}

async function ask<Answer>(path: string, { method = 'GET', body, key, signal }: Request = {}): Promise<Answer> {
  const limit = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const headers: Record<string, string> = {}
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken
  if (key !== undefined) headers['idempotency-key'] = key
  if (body !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw limit.aborted
      ? new RequestError('TIMEOUT', `no answer in ${REQUEST_TIMEOUT_MS / 1000} s`)
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
