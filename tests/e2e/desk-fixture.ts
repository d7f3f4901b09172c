import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { AssetPage, DistrictView, PlatformView, SearchView, ZoneState } from '@quartier/contracts/api'
import { encodeFrame, type Level, type LiveSeries, NO_VALUE } from '@quartier/contracts/live'
import type { Asset, DistrictModel, Place } from '@quartier/contracts/schemas'
import { Server } from 'socket.io'
import { createEvents } from './desk-events.ts'
import { createHistory } from './desk-history.ts'
import { createOffice } from './desk-office.ts'
import { createTiles, type Reading } from './desk-tiles.ts'

/** A server that speaks the command centre's interface over real sockets, with values made up from the model. */
export interface Fixture {
  readonly url: string
  readonly model: DistrictModel
  /** Stops sending, as a frozen network would; `false` goes on. */
  freeze(frozen: boolean): void
  /** Leaves out one frame, so that the sequence has a gap. */
  dropFrame(): void
  /** A series whose unit and zone were others some hours ago. */
  readonly changedSeries: string
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
/** How long a reading is under way. */
const UNDERWAY_MS = 300
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
  const zoneOf = zoneFinder(model.places)
  const tiles = createTiles(model, zoneOf, values.reading)
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
    const [, id = ''] = /^\/api\/live\/tiles\/(.+)$/.exec(url.pathname) ?? []
    if (id) return send(tiles.index(decodeURIComponent(id)))
    if (url.pathname === '/api/attention') return send(tiles.attention(url.searchParams))
    if (url.pathname === '/api/search') return send(searched(model, url.searchParams, zoneOf))
    if (url.pathname === '/api/lookup/assets') {
      const wanted = new Set(url.searchParams.getAll('id'))
      return send({ assets: model.assets.filter((a) => wanted.has(a.id)).map((a) => foundOf(a, zoneOf)) })
    }
    const [, assetId] = /^\/api\/assets\/(.+)$/.exec(url.pathname) ?? []
    const page = assetId && assetPage(model, decodeURIComponent(assetId), zoneOf)
    if (page) return send(page)
    if (url.pathname === '/api/events') return send(events.page(url.searchParams))
    if (url.pathname === '/api/windows') return send(history.windows(url.searchParams))
    if (url.pathname === '/api/series') return send(history.page(url.searchParams))
    if (url.pathname === '/api/export') {
      response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8' }).end(history.csv(url.searchParams))
      return
    }
    const [, versionsOf] = /^\/api\/series\/([^/]+)\/versions$/.exec(url.pathname) ?? []
    if (versionsOf !== undefined) return send(history.versions(decodeURIComponent(versionsOf)))
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
    let watched: readonly number[] = []
    let view: { view: number; level: Level } | undefined
    let tick = 1
    /** The tick of the last one that left; 0: the next one is a snapshot. */
    let since = 0
    const snapshot = () => {
      sequence = sequence < 0 ? 0 : sequence + 1
      if (watched.length > 0) socket.emit('live:frame', values.frame(sequence, true, watched))
    }
    socket.on('live:subscribe', ({ assetIds, keys }: { assetIds?: string[]; keys?: string[] }) => {
      sequence = -1
      watched = values.series.flatMap(({ key, assetId }, i) =>
        keys?.includes(key) || assetIds?.includes(assetId ?? '') ? [i] : [],
      )
      const series = watched.map((i) => values.series[i])
      const part = { subscription: 1, chunk: 0, chunks: 1, first: 0, series, total: series.length, capped: false }
      socket.emit('live:index', { ...part, message: '' })
      snapshot()
    })
    socket.on('live:unsubscribe', () => {
      watched = []
    })
    socket.on('live:view', (asked: { view: number; level: Level }) => {
      view = asked
      since = 0
      socket.emit('live:tiles', tiles.list(asked.view, asked.level))
    })
    socket.on('live:resync', () => {
      resyncs++
      since = 0
      snapshot()
    })
    const frames = setInterval(() => {
      if (frozen) return
      tick++
      if (view) {
        const bytes = tiles.tick(view.view, view.level, tick, since)
        since = tick
        if (drop > 0) drop--
        else socket.emit('live:tick', bytes)
      }
      if (watched.length === 0) return
      sequence++
      socket.emit('live:frame', values.frame(sequence, false, watched))
    }, FRAME_MS)
    const lines = setInterval(() => frozen || (view && socket.emit('live:attention', tiles.attention())), 1000)
    let told: ReturnType<typeof setInterval> | undefined
    socket.on('events:subscribe', () => {
      told ??= setInterval(() => frozen || socket.emit('events:new', { events: [events.next()], left: 0 }), 1000)
    })
    const strip = setInterval(() => frozen || socket.emit('platform', values.platform()), 1000)
    socket.on('disconnect', () => {
      clearInterval(frames)
      clearInterval(lines)
      clearInterval(strip)
      clearInterval(told)
    })
  })

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    model,
    changedSeries: history.changed,
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

type Zones = (placeId: string | null) => string | null

const foundOf = ({ craft: _, contractor: __, statutoryClass: ___, ...asset }: Asset, zoneOf: Zones) => ({
  ...asset,
  zoneId: zoneOf(asset.placeId),
})

/** Assets and series that carry all the words. */
function searched({ assets, series }: DistrictModel, query: URLSearchParams, zoneOf: Zones): SearchView {
  const words = (query.get('text') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const [kind, property] = [query.get('kind'), query.get('property')]
  const fits = (...texts: string[]) => words.every((word) => texts.join(' ').toLowerCase().includes(word))
  const byId = new Map(assets.map((asset) => [asset.id, asset]))
  const found = assets.filter((a) => (!kind || a.kind === kind) && !property && fits(a.id, a.name, a.nameAr))
  const rest = series.filter((s) => {
    const asset = byId.get(s.assetId ?? '')
    const meant = (!kind || asset?.kind === kind) && (!property || s.property === property)
    return meant && fits(s.key, asset?.name ?? '')
  })
  return {
    assets: found.slice(0, 12).map((asset) => foundOf(asset, zoneOf)),
    series: rest.slice(0, 12).map(({ key, property, unit, assetId }) => {
      const asset = byId.get(assetId ?? '')
      return { key, property, unit, asset: asset ? foundOf(asset, zoneOf) : null }
    }),
  }
}

function assetPage({ assets, places }: DistrictModel, id: string, zoneOf: Zones): AssetPage | undefined {
  const asset = assets.find((one) => one.id === id)
  if (!asset) return undefined
  const byId = new Map(assets.map((one) => [one.id, one]))
  const parents: Asset[] = []
  for (let at = byId.get(asset.parentId ?? ''); at; at = byId.get(at.parentId ?? '')) parents.push(at)
  const below = assets.filter(({ parentId }) => parentId === id).map((one) => ({ asset: one, depth: 1 }))
  return {
    asset,
    place: places.find((place) => place.id === asset.placeId) ?? null,
    zone: places.find((place) => place.id === zoneOf(asset.placeId)) ?? null,
    topology: { parents, below, assets: below.length },
    versions: [],
  }
}

function districtView({ places }: DistrictModel): DistrictView {
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
    ],
  }
}

function zoneFinder(places: readonly Place[]): Zones {
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
    return Math.floor((now - UNDERWAY_MS - ((i * 137) % period)) / period) * period + ((i * 137) % period)
  }
  const qualityOf = (i: number) => (fault[i] === 'uncertain' ? 1 | 64 : 0)
  const reports = (i: number) => fault[i] !== 'silent' && fault[i] !== 'stale' && fault[i] !== 'never'

  return {
    series,
    reading(i: number, now: number): Reading {
      const at = fault[i] === 'never' ? Number.NaN : measuredAt(i, now)
      return { value: shape(i, at), measuredAt: at, quality: qualityOf(i), silent: fault[i] === 'silent' }
    },
    frame(sequence: number, snapshot: boolean, watched: readonly number[]): Buffer {
      const now = Date.now()
      const rows = watched.flatMap((i, row) => {
        const at = measuredAt(i, now)
        const isNews = snapshot || now - at < UNDERWAY_MS + FRAME_MS + 50
        return isNews ? [{ i, row, at }] : []
      })
      return Buffer.from(
        encodeFrame({
          snapshot,
          sequence,
          platformAt: now,
          rows: rows.length,
          index: Uint32Array.from(rows, ({ row }) => row),
          value: Float64Array.from(rows, ({ i, at }) => shape(i, at)),
          age: Int32Array.from(rows, ({ i, at }) => (fault[i] === 'never' ? NO_VALUE : now - at)),
          quality: Uint8Array.from(rows, ({ i }) => qualityOf(i)),
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
