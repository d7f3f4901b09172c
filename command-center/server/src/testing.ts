import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Asset,
  assetSchema,
  type DistrictModel,
  encodeBatch,
  type Place,
  parseSeriesKey,
  placeSchema,
  READINGS,
  SERIES,
  type SeriesDefinition,
  seriesIdOf,
  seriesIdText,
} from '@quartier/contracts'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { openEmbeddedEventStore } from '@quartier/contracts/event-store/embedded'
import type { Role, User } from '@quartier/contracts/records'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { silentLogger, wallClock } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { Registry } from 'prom-client'
import { serverConfig } from './config.ts'
import { start } from './server.ts'

/** For tests: a small district, people of every role, and the real server on the embedded adapters. */

const at = (x: number, y: number) => ({ type: 'Point', coordinates: [x, y] }) as const
const place = (id: string, kind: Place['kind'], parentId: string | null, x: number): Place =>
  placeSchema.parse({ id, kind, parentId, name: `Place ${id}`, geometry: at(x, 25) })
const asset = (id: string, placeId: string, parentId: string | null, longitude: number): Asset =>
  assetSchema.parse({ id, kind: 'meter', placeId, parentId, name: `Asset ${id}`, longitude, latitude: 25 })

export const series = (
  key: string,
  assetId: string | null,
  more: Partial<SeriesDefinition> = {},
): SeriesDefinition => ({
  key,
  id: seriesIdText(seriesIdOf(key)),
  property: parseSeriesKey(key)?.property ?? '',
  unit: 'kW',
  assetId,
  intervalMs: 60_000,
  source: parseSeriesKey(key)?.source ?? '',
  validMin: 0,
  validMax: 100,
  status: 'active',
  personal: false,
  historical: false,
  ...more,
})

export const NORTH = 'city/meter-1/power'
export const SOUTH = 'city/meter-2/power'
export const STRAY = 'city/unknown-1/power'

export const district: DistrictModel = {
  places: [
    place('d', 'district', null, 51),
    place('north', 'zone', 'd', 51.1),
    place('south', 'zone', 'd', 51.2),
    place('b-1', 'building', 'north', 51.1),
    place('b-2', 'building', 'south', 51.2),
  ],
  assets: [asset('a-1', 'b-1', null, 51.1), asset('a-2', 'b-2', 'a-1', 51.2)],
  series: [series(NORTH, 'a-1'), series(SOUTH, 'a-2'), series(STRAY, null, { status: 'quarantined' })],
}

export const PASSWORD = 'correct horse battery'

export type TestServer = Awaited<ReturnType<typeof startTestServer>>

export async function startTestServer(options: { store?: TelemetryStore; config?: object; now?: () => number } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'quartier-server-'))
  const log = await openEmbeddedLog({ folder: join(dataDir, 'log'), inline: true, maintainMs: 0 })
  const records = await openSqliteRecords({ path: join(dataDir, 'records.db') })
  const ownStore = options.store
    ? undefined
    : await openEmbeddedStore({ folder: join(dataDir, 'store'), clock: wallClock })
  const retention = { eventsMs: 1e10, personalMs: 1e9, bytes: 1e9 }
  const events = openEmbeddedEventStore({ path: join(dataDir, 'events.db'), retention })
  const store = options.store ?? (ownStore as TelemetryStore)
  await records.registry.importDistrict(district)
  await log.append(
    SERIES,
    district.series.map((s) => ({ key: s.key, value: Buffer.from(JSON.stringify(s)) })),
  )
  const config = serverConfig.parse({ dataDir, port: 0, frameMs: 50, ...options.config })
  const deps = {
    log,
    records,
    store,
    events,
    clock: wallClock,
    logger: silentLogger,
    metrics: new Registry(),
    now: options.now,
  }
  const server = await start(deps, config)
  const { url } = server.info
  return {
    url,
    routes: () => [...server.routes],
    dataDir,
    log,
    records,
    store,
    events,
    addUser: (name: string, role: Role, zones: readonly string[] = []) =>
      records.users.put(user(name, role, zones), PASSWORD),
    signIn: (name: string) => signIn(url, name),
    /** Appends readings of one value as the gateway does, in one record. */
    readings: (keys: readonly string[], value: number, measuredAt = Date.now()) =>
      log.append(READINGS, [{ key: '0', partition: 0, value: batchOf(keys, value, measuredAt) }]),
    async stop() {
      await server.stop()
      await Promise.all([log.close(), records.close(), ownStore?.close(), events.close()])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

const user = (name: string, role: Role, zones: readonly string[]): User => ({
  name,
  displayName: name,
  role,
  zones,
  enabled: true,
  language: 'en',
})

/** A client with a session: its `fetch` sends the cookie and, where something changes, the CSRF token and a key. */
export async function signIn(url: string, name: string) {
  const answer = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password: PASSWORD }),
  })
  if (answer.status !== 200) throw new Error(`sign in ${name}: ${answer.status} ${await answer.text()}`)
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  const { csrfToken } = (await answer.json()) as { csrfToken: string }
  return {
    cookie,
    csrfToken,
    fetch: (path: string, init: { method?: string; body?: unknown; headers?: Record<string, string> } = {}) =>
      fetch(url + path, {
        method: init.method,
        headers: {
          cookie,
          'x-csrf-token': csrfToken,
          'idempotency-key': crypto.randomUUID(),
          ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...init.headers,
        },
        body:
          init.body === undefined ? undefined : typeof init.body === 'string' ? init.body : JSON.stringify(init.body),
      }),
  }
}

/** A record of `readings.v1` in which each of these series has one value. */
export function batchOf(keys: readonly string[], value: number, measuredAt: number): Uint8Array {
  const ids = keys.map(seriesIdOf)
  const rows = keys.length
  const counts = { received: rows, accepted: rows, rejected: {} }
  return encodeBatch({
    columns: {
      length: rows,
      seriesLo: Uint32Array.from(ids, (id) => id.lo),
      seriesHi: Uint32Array.from(ids, (id) => id.hi),
      measuredAt: new Float64Array(rows).fill(measuredAt),
      receivedAt: new Float64Array(rows).fill(Date.now()),
      value: new Float64Array(rows).fill(value),
      quality: new Uint8Array(rows),
    },
    counts: [{ source: 'city', messages: counts, readings: counts, untimed: 0 }],
  })
}
