import 'reflect-metadata'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import type { EventReader } from '@quartier/contracts/event-store'
import { DayKeys } from '@quartier/contracts/privacy/day-keys'
import type { Records } from '@quartier/contracts/records'
import { syncRegistry } from '@quartier/contracts/records/sync-registry'
import type { RunningService, ServiceDeps } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { AccessGuard } from './access/access.guard.ts'
import { Sessions } from './access/sessions.ts'
import { AppModule } from './app.module.ts'
import type { ServerConfig } from './config.ts'
import { DistrictSource } from './district/district-source.ts'
import { EventFeed } from './events/event-feed.ts'
import { withOpenTokens } from './events/open-tokens.ts'
import { basemapOf, serveBasemap } from './http/basemap.ts'
import { CommandInterceptor } from './http/command.interceptor.ts'
import { ProblemFilter } from './http/problem.filter.ts'
import { registeredRoutes } from './http/routes.ts'
import { securityHeaders } from './http/security-headers.ts'
import { validation } from './http/validation.ts'
import { serveWebClient } from './http/web-client.ts'
import { learnIntervals } from './intervals/learn-intervals.ts'
import { AttentionBook } from './live/attention.ts'
import { AttentionFeed } from './live/attention-feed.ts'
import { LiveFeed } from './live/feed.ts'
import { learnFreeSpeeds } from './live/free-speeds.ts'
import { Hierarchy } from './live/hierarchy.ts'
import { Judgement } from './live/judgement.ts'
import { keepsUp } from './live/keeps-up.ts'
import { SLICE_MS } from './live/latency.ts'
import { LiveAdapter } from './live/live.adapter.ts'
import { Projection } from './live/projection.ts'
import { TileBook } from './live/tile-book.ts'
import { TileFeed } from './live/tile-feed.ts'
import { TileSections } from './live/tile-sections.ts'
import { ZoneIndex } from './live/zone-index.ts'
import { auditTrail } from './operations/audit.ts'
import { RejectedCounts } from './operations/dead-letters.ts'
import { LedgerBook } from './operations/ledger-book.ts'
import { ReceiptBook } from './operations/receipt-book.ts'
import { RedrivenLetters } from './operations/redriven.ts'
import { DeviceList } from './people/device-list.ts'
import { Certificates } from './platform/certificates.ts'
import { registerMetrics } from './platform/metrics.ts'
import { Monitor } from './platform/monitor.ts'
import { Silence } from './platform/silence.ts'
import { retrying } from './retrying.ts'
import { every } from './timers.ts'
import * as token from './tokens.ts'

export interface ServerDeps extends ServiceDeps {
  readonly store: TelemetryStore
  readonly events: EventReader
  readonly records: Records
  /** Real time for sessions and login delays, epoch ms; the platform clock may be a simulated one. */
  readonly now?: () => number
}

export interface ServerHandle extends RunningService {
  readonly info: { readonly port: number; readonly url: string }
  /** Every HTTP route that can be reached, such as "GET /api/series/:key". */
  readonly routes: readonly string[]
}

const MONITOR_MS = 2000
const RECORDS_MS = 10_000
const RESELECT_MS = 5000
const REGROUP_MS = 1000
const ATTENTION_MS = 1000
const EVENTS_MS = 250
const REVALIDATE_MS = 15_000

/** The command centre: serves the interface, the live socket and the web client until it is stopped. */
export async function start(given: ServerDeps, config: ServerConfig): Promise<ServerHandle> {
  const keys = new DayKeys(config.privacyKeyFolder ?? join(config.dataDir, 'secrets'), given.clock)
  const deps = { ...given, events: withOpenTokens(given.events, keys) }
  const parts = assemble(deps, config)
  const app = await createApp(parts, deps, config)
  const stopping = new AbortController()
  const { signal } = stopping
  const running = Promise.all([
    ...[parts.projection, parts.ledger, parts.receipts, parts.rejected, parts.redriven].map((part) => part.run(signal)),
    keepRegistry(deps, signal),
    learnIntervals(deps, parts.projection, config.learnIntervalsMs, signal),
    learnFreeSpeeds(deps, parts, signal),
  ])
  running.catch((error) => deps.logger.error({ err: error }, 'command-center.broken'))
  await Promise.all([parts.monitor.ask(), parts.monitor.askRecords()])
  regroup(parts)
  parts.monitor.second()
  const timers = startTimers(parts, deps, config)
  try {
    await app.listen(config.port, config.host)
  } catch (error) {
    timers()
    stopping.abort()
    throw error
  }
  const { port } = app.getHttpServer().address() as AddressInfo
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  deps.logger.info({ url }, 'command-center.listening')
  let stopped: Promise<void> | undefined
  const stop = async () => {
    timers()
    parts.feed.dismiss(() => true)
    stopping.abort()
    app.getHttpServer().closeAllConnections()
    await Promise.allSettled([app.close(), running])
  }
  return { info: { port, url }, routes: registeredRoutes(app), stop: () => (stopped ??= stop()) }
}

function assemble(deps: ServerDeps, config: ServerConfig) {
  const now = deps.now ?? Date.now
  const sessions = new Sessions({ records: deps.records, now })
  const projection = new Projection(deps, { aheadMs: config.aheadMs })
  const district = new DistrictSource(deps)
  const zones = new ZoneIndex(projection.table, district)
  const feed = new LiveFeed({ projection, zones, sessions, clock: deps.clock, bufferBytes: config.clientBufferBytes })
  const hierarchy = new Hierarchy(projection.table, district, zones)
  const judgement = new Judgement({ table: projection.table, hierarchy, clock: deps.clock })
  projection.taken = (places, rows, now) => judgement.take(places, rows, now, projection.tick)
  const book = new TileBook(projection.table, hierarchy)
  const sections = new TileSections({ table: projection.table, judgement, book })
  const tileFeed = new TileFeed({
    ...{ projection, book, sections, clock: deps.clock, counts: feed.counts },
    bufferBytes: config.clientBufferBytes,
  })
  const attention = new AttentionBook({ table: projection.table, hierarchy, judgement, book })
  const attentionFeed = new AttentionFeed({
    book: attention,
    clock: deps.clock,
    bufferBytes: config.clientBufferBytes,
  })
  const eventFeed = new EventFeed({
    events: deps.events,
    keepsUp: (socket) => keepsUp(socket, config.clientBufferBytes),
  })
  const ledger = new LedgerBook(deps)
  const receipts = new ReceiptBook(deps)
  const rejected = new RejectedCounts(deps)
  const redriven = new RedrivenLetters(deps)
  const monitor = new Monitor({
    deps,
    projection,
    hierarchy,
    judgement,
    district,
    ledger,
    rejected,
    feed,
    dataDir: config.dataDir,
  })
  registerMetrics(deps.metrics, { projection, feed })
  return {
    sessions,
    projection,
    district,
    zones,
    feed,
    hierarchy,
    judgement,
    book,
    tileFeed,
    attention,
    attentionFeed,
    eventFeed,
    ledger,
    receipts,
    rejected,
    redriven,
    monitor,
    audit: auditTrail(deps),
  }
}

/** What gateways defined in the log comes into the registry, where people see and adopt it. */
async function keepRegistry({ log, records, logger }: ServerDeps, signal: AbortSignal): Promise<void> {
  const what = 'bring definitions of the log into the registry'
  await retrying(() => syncRegistry(log, records.registry, signal, logger), { signal, logger, what })
}

type Parts = ReturnType<typeof assemble>

async function createApp(parts: Parts, deps: ServerDeps, config: ServerConfig): Promise<NestExpressApplication> {
  const values = new Map<symbol, unknown>([
    [token.DEPS, deps],
    [token.CONFIG, config],
    [token.SESSIONS, parts.sessions],
    [token.AUDIT, parts.audit],
    [token.DISTRICT, parts.district],
    [token.PROJECTION, parts.projection],
    [token.ZONES, parts.zones],
    [token.FEED, parts.feed],
    [token.TILES, parts.book],
    [token.TILE_FEED, parts.tileFeed],
    [token.ATTENTION, parts.attention],
    [token.ATTENTION_FEED, parts.attentionFeed],
    [token.EVENT_FEED, parts.eventFeed],
    [token.MONITOR, parts.monitor],
    [token.LEDGER, parts.ledger],
    [token.RECEIPTS, parts.receipts],
    [token.REJECTED, parts.rejected],
    [token.REDRIVEN, parts.redriven],
    [token.CERTIFICATES, new Certificates(deps.records.principals, config.dataDir)],
    [token.SILENCE, new Silence(parts.projection.table, parts.district, deps.clock)],
    [token.DEVICES, new DeviceList(deps, parts.projection.table)],
  ])
  const options = { logger: false, bodyParser: false, abortOnError: false } as const
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(values), options)
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', config.trustedProxies)
  const basemap = basemapOf(config.basemap)
  app.use(securityHeaders({ https: config.secureCookies, alsoFrom: basemap?.origin }))
  if (basemap) serveBasemap(app, basemap)
  serveWebClient(app, config.webDir ?? join(import.meta.dirname, '../../web/dist'))
  app.useBodyParser('json', { limit: '1mb' })
  app.useWebSocketAdapter(new LiveAdapter(app, parts.sessions))
  app.useGlobalGuards(new AccessGuard(parts.sessions, parts.audit))
  app.useGlobalInterceptors(new CommandInterceptor(parts.audit))
  app.useGlobalPipes(validation())
  app.useGlobalFilters(new ProblemFilter(deps))
  return app
}

/** Everything that happens by the clock; the returned function ends it. */
function startTimers(parts: Parts, { logger }: ServerDeps, config: ServerConfig): () => void {
  const { feed, eventFeed, monitor, projection } = parts
  const failed = (error: unknown) => logger.error({ err: error }, 'command-center.timer_failed')
  const ends = [
    every(config.frameMs, () => endTick(parts, config.frameMs), failed),
    every(REGROUP_MS, () => regroup(parts), failed),
    every(ATTENTION_MS, () => parts.attentionFeed.push(), failed),
    every(EVENTS_MS, () => eventFeed.push(), failed),
    every(RESELECT_MS, () => feed.reselect(), failed),
    every(REVALIDATE_MS, () => feed.revalidate(), failed),
    every(MONITOR_MS, () => monitor.ask(), failed),
    every(RECORDS_MS, () => monitor.askRecords(), failed),
    every(SLICE_MS, () => projection.turnLatencies(), failed),
    every(
      1000,
      () => {
        monitor.second()
        feed.tell((person) => monitor.view(person.scope))
      },
      failed,
    ),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Judges what is due and tells everybody what has changed. */
function endTick({ projection, judgement, tileFeed, feed }: Parts, frameMs: number): void {
  if (projection.ready) judgement.listen()
  judgement.settle(projection.tick, Judgement.shareOf(frameMs))
  tileFeed.push()
  feed.push()
}

/** Takes over what has changed in the district and the definitions. */
function regroup({ hierarchy, judgement, projection, tileFeed }: Parts): void {
  if (hierarchy.update()) judgement.regroup(projection.tick)
  tileFeed.reselect()
}
