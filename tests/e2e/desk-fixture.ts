import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { DistrictView, PlatformView, ZoneState } from '@quartier/contracts/api'
import { encodeFrame, type LiveSeries, NO_VALUE } from '@quartier/contracts/live'
import type { DistrictModel, Place } from '@quartier/contracts/schemas'
import { Server } from 'socket.io'
import { createEvents } from './desk-events.ts'
import { createHistory } from './desk-history.ts'
import { createOffice } from './desk-office.ts'

/** A server that speaks the command centre's interface over real sockets, with values made up from the model. */
export interface Fixture {
  readonly url: string
  readonly model: DistrictModel
  /** Stops sending, as a frozen network would; `false` goes on. */
  freeze(frozen: boolean): void
  /** Leaves out one frame, so that the sequence has a gap. */
  dropFrame(): void
  /** How often a client asked for a snapshot. */
  resyncs(): number
  stop(): Promise<void>
}

export interface FixtureOptions {
  readonly model: DistrictModel
  /** The built web client. */
  readonly dist: string
  /** The policy that the real server sends. */
  readonly policy: string
}

const PASSWORD = 'correct horse battery'
export const GENERATED = 'k7mfp-2qwer-tyhjk-zxcvb'
const FRAME_MS = 250
const TIME_ZONE = 'Asia/Qatar'
const ADMINISTRATOR = {
  name: 'admin',
  displayName: 'Mariam Saleh',
  role: 'administrator',
  zones: [] as string[],
  enabled: true,
  language: 'en',
}
const OPERATOR = { ...ADMINISTRATOR, name: 'operator', displayName: 'Noor Haddad', role: 'operator' }
const sessionOf = (user: typeof OPERATOR) => ({
  user,
  csrfToken: 'fixture-csrf',
  expiresAt: Date.now() + 86_400_000,
  timeZone: TIME_ZONE,
})
export const CREDENTIALS = { name: 'operator', password: PASSWORD }
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

export async function startFixture({ model, dist, policy }: FixtureOptions): Promise<Fixture> {
  const values = createValues(model)
  const events = createEvents(model)
  const office = createOffice(model)
  const history = createHistory(model, values.valueAt)
  let frozen = false
  let drop = 0
  let resyncs = 0
  const people = [ADMINISTRATOR, OPERATOR]
  const district = model.places.find(({ kind }) => kind === 'district')

  const http = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(500).end())
  })
  const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fixture')
    response.setHeader('content-security-policy', policy)
    if (!url.pathname.startsWith('/api')) return serveFile(url.pathname, dist, response)
    const cookie = /quartier_session=([a-z-]+)/.exec(request.headers.cookie ?? '')?.[1]
    const user = people.find(({ name }) => name === cookie)
    const send = (body: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const refuse = (status: number, code: string) => send({ code, message: code, where: url.pathname }, status)
    if (url.pathname === '/api/about') return send({ at: Date.now(), timeZone: TIME_ZONE, district: district ?? null })
    if (url.pathname === '/api/session' && request.method === 'POST') {
      const { name, password } = JSON.parse(await bodyOf(request)) as { name: string; password: string }
      const known = people.find((person) => person.name === name)
      if (!known || password !== PASSWORD) return refuse(401, 'LOGIN_REFUSED')
      response.setHeader('set-cookie', `quartier_session=${name}; HttpOnly; SameSite=Strict; Path=/`)
      return send(sessionOf(known))
    }
    if (!user) return refuse(401, 'SESSION_REQUIRED')
    if (url.pathname === '/api/session' && request.method === 'DELETE') {
      response.writeHead(204, { 'set-cookie': 'quartier_session=; Path=/; Max-Age=0' }).end()
      return
    }
    if (url.pathname === '/api/session') return send(sessionOf(user))
    if (url.pathname === '/api/district') return send(districtView(model))
    if (url.pathname === '/api/zones') return send({ at: Date.now(), zones: values.zones() })
    if (url.pathname === '/api/events') return send(events.page(url.searchParams))
    if (url.pathname === '/api/windows') return send(history.windows(url.searchParams))
    if (url.pathname === '/api/series') return send(history.page(url.searchParams))
    if (url.pathname === '/api/export') {
      response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end(history.csv(url.searchParams))
      return
    }
    const key = /^\/api\/series\/([^/]+)$/.exec(url.pathname)?.[1]
    if (key !== undefined) {
      const card = history.card(decodeURIComponent(key))
      return card ? send(card) : refuse(404, 'SERIES_UNKNOWN')
    }
    if (url.pathname === '/api/people' && request.method === 'POST') {
      const person = JSON.parse(await bodyOf(request)) as typeof OPERATOR
      people.push(person)
      return send({ person, generatedPassword: GENERATED })
    }
    if (url.pathname === '/api/people') return send({ people })
    const answer = office.answer(url)
    return answer === undefined ? refuse(404, 'NOT_FOUND') : send(answer)
  }

  io.on('connection', (socket) => {
    let sequence = -1
    let watching = false
    const snapshot = () => {
      sequence = sequence < 0 ? 0 : sequence + 1
      socket.emit('live:frame', values.frame(sequence, true))
    }
    socket.on('live:subscribe', () => {
      watching = true
      sequence = -1
      const size = 2000
      const chunks = Math.max(1, Math.ceil(values.series.length / size))
      for (let chunk = 0; chunk < chunks; chunk++) {
        const series = values.series.slice(chunk * size, (chunk + 1) * size)
        const total = values.series.length
        const part = { subscription: 1, chunk, chunks, first: chunk * size, series, total, capped: false, message: '' }
        socket.emit('live:index', part)
      }
      snapshot()
    })
    socket.on('live:resync', () => {
      resyncs++
      snapshot()
    })
    const frames = setInterval(() => {
      if (frozen || !watching) return
      sequence++
      const bytes = values.frame(sequence, false)
      if (drop > 0) drop--
      else socket.emit('live:frame', bytes)
    }, FRAME_MS)
    let told: ReturnType<typeof setInterval> | undefined
    socket.on('events:subscribe', () => {
      told ??= setInterval(() => frozen || socket.emit('events:new', { events: [events.next()], left: 0 }), 1000)
    })
    const strip = setInterval(() => frozen || socket.emit('platform', values.platform()), 1000)
    socket.on('disconnect', () => {
      clearInterval(frames)
      clearInterval(strip)
      clearInterval(told)
    })
  })

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    model,
    freeze: (on) => {
      frozen = on
    },
    dropFrame: () => {
      drop++
    },
    resyncs: () => resyncs,
    stop: () => io.close(),
  }
}

async function serveFile(path: string, dist: string, response: ServerResponse): Promise<void> {
  const file = extname(path) ? path : '/index.html'
  try {
    const bytes = await readFile(join(dist, file))
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes)
  } catch {
    response.writeHead(404).end()
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

function districtView({ places, assets }: DistrictModel): DistrictView {
  const zoneOf = zoneFinder(places)
  return {
    type: 'FeatureCollection',
    bbox: null,
    features: [
      ...places.map(({ geometry, ...place }) => ({
        type: 'Feature' as const,
        id: `place:${place.id}`,
        geometry,
        properties: { type: 'place' as const, zoneId: zoneOf(place.id), ...place },
      })),
      ...assets.map(({ longitude, latitude, ...asset }) => ({
        type: 'Feature' as const,
        id: `asset:${asset.id}`,
        geometry: { type: 'Point' as const, coordinates: [longitude, latitude] },
        properties: { type: 'asset' as const, zoneId: zoneOf(asset.placeId), ...asset },
      })),
    ],
  }
}

function zoneFinder(places: readonly Place[]): (placeId: string | null) => string | null {
  const byId = new Map(places.map((place) => [place.id, place]))
  return (placeId) => {
    let place = placeId === null ? undefined : byId.get(placeId)
    while (place && place.kind !== 'zone') place = place.parentId === null ? undefined : byId.get(place.parentId)
    return place?.id ?? null
  }
}

/** Values that move, with a silent gateway, stale, uncertain, missing and impossible ones among them. */
function createValues(model: DistrictModel) {
  const gateways = model.assets.filter((asset) => asset.kind === 'gateway')
  const silent = gateways[Math.floor(gateways.length / 3)]?.id
  const parentOf = new Map(model.assets.map((asset) => [asset.id, asset.parentId]))
  const placeOf = new Map(model.assets.map((asset) => [asset.id, asset.placeId]))
  const zoneOf = zoneFinder(model.places)
  const series: LiveSeries[] = model.series.map((s) => ({ ...s }))
  const fault = series.map(({ assetId }, i) => {
    if (assetId !== null && (assetId === silent || parentOf.get(assetId) === silent)) return 'silent'
    if (i % 271 === 5) return 'stale'
    if (i % 389 === 7) return 'never'
    if (i % 613 === 11) return 'range'
    return i % 431 === 13 ? 'uncertain' : ''
  })
  const shape = (i: number, at: number): number => {
    const { validMin, validMax, unit, property } = series[i]!
    const low = validMin ?? 0
    const span = Math.min((validMax ?? 100) - low, unit === 'kWh' || property === 'doorCycles' ? 5000 : 300)
    const day = Math.sin((at / 86_400_000) * 2 * Math.PI + i)
    const noise = Math.sin(at / 71_000 + i * 7.3) * 0.02 + Math.sin(at / 9_100 + i) * 0.008
    const share = 0.42 + 0.16 * day + noise
    if (property === 'occupied') return share > 0.45 ? 1 : 0
    const raw = low + span * share
    if (fault[i] === 'range') return (validMax ?? 100) * 1.04
    return property === 'floor' ? Math.round(raw / 20) : raw
  }
  const periodOf = (i: number) => Math.max(1000, series[i]!.intervalMs)
  const startedAt = Date.now()
  const measuredAt = (i: number, now: number): number => {
    if (fault[i] === 'silent') return startedAt - 58 * 60_000
    if (fault[i] === 'stale') return startedAt - periodOf(i) * 9
    const period = periodOf(i)
    return Math.floor((now - 300 - ((i * 137) % period)) / period) * period + ((i * 137) % period)
  }
  const sent = new Float64Array(series.length)
  const reports = (i: number) => fault[i] !== 'silent' && fault[i] !== 'stale' && fault[i] !== 'never'

  return {
    series,
    frame(sequence: number, snapshot: boolean): Buffer {
      const now = Date.now()
      const rows: number[] = []
      for (let i = 0; i < series.length; i++) {
        const at = measuredAt(i, now)
        if (snapshot || (reports(i) && at !== sent[i])) rows.push(i)
        sent[i] = at
      }
      return Buffer.from(
        encodeFrame({
          snapshot,
          sequence,
          platformAt: now,
          rows: rows.length,
          index: Uint32Array.from(rows),
          value: Float64Array.from(rows, (i) => shape(i, sent[i]!)),
          age: Int32Array.from(rows, (i) => (fault[i] === 'never' ? NO_VALUE : now - sent[i]!)),
          quality: Uint8Array.from(rows, (i) => (fault[i] === 'uncertain' ? 1 | 64 : 0)),
        }),
      )
    },
    /** What was measured at an instant; nothing for an hour and a half some hours ago. */
    valueAt(i: number, at: number): number | null {
      const now = Date.now()
      const missing =
        at > measuredAt(i, now) || fault[i] === 'never' || (at > now - 11 * 3_600_000 && at < now - 9.6 * 3_600_000)
      return missing ? null : shape(i, at)
    },
    zones(): ZoneState[] {
      return model.places
        .filter(({ kind }) => kind === 'zone')
        .map(({ id, name, nameAr }) => {
          const mine = series
            .map((_, i) => i)
            .filter((i) => zoneOf(placeOf.get(series[i]!.assetId ?? '') ?? null) === id)
          const reporting = mine.filter(reports).length
          const figures = { never: 0, waiting: 0, good: reporting, uncertain: 0, bad: 0, stale: 0, outOfRange: 0 }
          return {
            zoneId: id,
            name,
            nameAr,
            series: mine.length,
            expected: mine.length,
            reporting,
            ...figures,
            worst: 'good',
          }
        })
    },
    platform(): PlatformView {
      const now = Date.now()
      const seconds = (now - startedAt) / 1000
      const perS = series.reduce((sum, _, i) => sum + (reports(i) ? 1000 / periodOf(i) : 0), 0)
      const accepted = Math.round(1_204_311 + seconds * perS)
      return {
        at: now,
        clock: { speed: 1, simulated: false },
        version: '0.1.0',
        uptimeS: 3600 + seconds,
        reporting: {
          expected: series.length,
          reporting: series.filter((_, i) => reports(i)).length,
          series: series.length,
          never: fault.filter((f) => f === 'never').length,
        },
        messagesPerS: perS / 4,
        readingsPerS: perS,
        sensorLatencyMs: { p50: 200, p95: 480 },
        receiveLatencyMs: { p50: 40, p95: 90 },
        ledger: { state: 'balanced', accepted, stored: accepted, difference: 0 },
        devicesAheadMs: 0,
        rejectedLastHour: 12,
        rejectedTopReason: 'too-late',
        quarantined: 0,
        store: { ready: true, series: series.length, readings: accepted, files: 14, bytes: 4_812_331, newestAt: now },
        log: { bytes: 18_000_000, records: 9120 },
        lagRecords: 0,
        clients: 1,
      }
    },
  }
}
