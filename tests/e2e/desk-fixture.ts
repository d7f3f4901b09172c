import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Level } from '@quartier/contracts/live'
import type { DistrictModel } from '@quartier/contracts/schemas'
import { Server } from 'socket.io'
import { assetPage, districtView, foundOf, searched, zoneFinder } from './desk-district.ts'
import { createEvents } from './desk-events.ts'
import { createHistory } from './desk-history.ts'
import { createOffice } from './desk-office.ts'
import { createTiles } from './desk-tiles.ts'
import { createValues, FRAME_MS } from './desk-values.ts'

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
