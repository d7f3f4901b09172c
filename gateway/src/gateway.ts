import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { foldersOf } from '@quartier/contracts/engines'
import { isCameraTopic } from '@quartier/contracts/privacy'
import { DayKeys } from '@quartier/contracts/privacy/day-keys'
import type { DeviceLog, PrincipalStore, Records } from '@quartier/contracts/records'
import type { RunningService, ServiceDeps } from '@quartier/contracts/runtime'
import type { Access } from './access.ts'
import { Committer } from './append.ts'
import { Bridges } from './bridge/bridges.ts'
import { Broker, type Persistence } from './broker/broker.ts'
import { arrival, arrived, type Relay, SharedEmitter } from './broker/relay.ts'
import { ChangeWatch } from './changes.ts'
import { ClockCheck } from './clock-check.ts'
import { CODECS } from './codecs/index.ts'
import { checkConfig, type GatewayConfig } from './config.ts'
import { DeadLetters } from './dead-letters.ts'
import { connectionsHeld } from './descriptors.ts'
import { DeviceLogWriter } from './device-log.ts'
import { FanOut } from './fan-out.ts'
import { FastLane } from './fast-lane.ts'
import { Hub } from './hub.ts'
import type { DoorRules } from './identify.ts'
import { Logins, principalOf } from './login.ts'
import { Mappings } from './mappings.ts'
import { registerGateway } from './metrics.ts'
import { Principals } from './principals.ts'
import { Firewall } from './privacy/firewall.ts'
import { Redrive } from './redrive.ts'
import { Remembering } from './remembering.ts'
import { Catalog } from './series/catalog.ts'
import { MessageSink } from './sink.ts'
import { SparkplugHost } from './sparkplug-host.ts'
import { type CodecTable, Routes } from './topics/routes.ts'

export interface GatewayDeps extends ServiceDeps {
  readonly principals: PrincipalStore
  readonly deviceLog: DeviceLog
  /** Where there are several gateways: which of them has which connection to a broker of others. */
  readonly lease?: Records['lease']
  /** An aedes persistence; the gateway sets it up and destroys it when it stops. */
  readonly sessions: Persistence
  /** Connects the gateways of an installation that has several; the gateway opens it and closes it when it stops. */
  readonly relay?: Relay
  /** What suits the log, where the configuration leaves it open. */
  readonly commitIntervalMs?: number
}

export interface GatewayHandle extends RunningService {
  /** Where it listens; null when it does not speak TLS. */
  readonly info: { readonly port: number; readonly tlsPort: number | null }
}

/** Pause between two commits, unless something else is asked for. */
const COMMIT_INTERVAL_MS = 4
/** How long `stop` waits for a log that takes nothing. */
const STOP_MS = 3_000

/**
 * MQTT in, readings out: clients publish, telemetry is decoded on the fast lane, appended to `readings.v1` and
 * acknowledged when it is durable; everything else MQTT is aedes.
 * @throws QuartierError CONFIG_INVALID; the errors of the log; EADDRINUSE
 */
export async function start(deps: GatewayDeps, config: GatewayConfig): Promise<GatewayHandle> {
  checkConfig(config)
  const { log, clock, logger } = deps
  const limits = { ...config.limits, connections: connectionsHeld(config.limits.connections) }
  if (limits.connections < config.limits.connections)
    logger.warn({ configured: config.limits.connections, held: limits.connections }, 'gateway.few-descriptors')
  const instance = randomBytes(6).toString('hex')
  const onFatal = (error: unknown) => {
    logger.error({ err: error }, 'gateway.broken')
    throw error
  }
  const routes = new Routes(config.routes, CODECS as CodecTable)
  const catalog = new Catalog({ log, logger, instance })
  await catalog.open(onFatal)
  const remembering = new Remembering({
    ...{ log, logger, clock, instance, isShared: deps.relay !== undefined },
    codecOf: (name) => CODECS[name]?.(),
    limit: limits.codecStates,
    commandsPerSecond: limits.commandsPerSecond,
    silentSendersMs: config.silentSendersMs,
  })
  await remembering.open(onFatal)

  const committer: Committer = new Committer({
    log,
    logger,
    instance,
    partitions: catalog.table.partitions,
    intervalMs: config.commitIntervalMs ?? deps.commitIntervalMs ?? COMMIT_INTERVAL_MS,
    commitRows: config.commitRows,
    pendingRows: limits.pendingRows,
    pendingBytes: limits.pendingBytes,
    takeDefinitions: catalog.takeDefinitions,
    takeCodecStates: remembering.take,
    takeReceipts: () => firewall.takeReceipts(),
    storeRetained: (messages) => broker.storeRetained(messages),
    onFatal,
  })
  const settings = {
    skewAheadMs: config.skewAheadMs,
    skewBackMs: config.skewBackMs,
    seriesLimit: limits.series,
    quarantineUnknown: config.unknownSeries === 'quarantine',
  }
  const clockCheck = new ClockCheck({
    speed: clock.speed,
    onFinding: (aheadMs, devices) =>
      aheadMs === 0
        ? logger.info({ devices }, 'gateway.clock-trusted')
        : logger.error({ aheadMs, devices }, 'gateway.clock-suspect'),
  })
  const sink = new MessageSink(committer, catalog, settings, remembering, clockCheck)
  const fanOut = new FanOut(limits.outgoingBytes)
  const keys = new DayKeys(config.privacyKeyFolder ?? join(config.dataDir, 'secrets'), clock)
  const firewall: Firewall = new Firewall({ log, logger, keys, sink, tallies: committer.tallies })
  const { digest } = firewall
  const deadLetters = new DeadLetters({ log, logger, instance, perSecond: limits.deadLettersPerSecond, digest })
  const laneWith = (routes: Routes) =>
    new FastLane({ committer, sink, routes, fanOut, deadLetters, firewall, logger, limits })
  const lane = laneWith(routes)
  const principals = new Principals(deps.principals, limits, {
    cacheMs: config.principalCacheMs,
    allowAnonymous: config.allowAnonymous,
  })
  const { relay } = deps
  const shared = relay && new SharedEmitter(relay)
  const broker: Broker = await Broker.open({
    persistence: deps.sessions,
    emitter: shared,
    logger,
    instance,
    outgoingBytes: limits.outgoingBytes,
    inflight: limits.inflight,
    topicLevels: limits.topicLevels,
    leaveMs: limits.connectTimeoutMs / 2,
    isTelemetry: (mqttTopic) => routes.match(mqttTopic) !== undefined,
    take: async (sender, packet) => {
      const isHere = typeof sender !== 'string'
      const access = isHere ? sender.access : await principals.behind(principalOf(sender))
      const durable = lane.takeFromRoad(access as Access, packet, clock.now())
      if (isHere) sender.lastBatch = committer.seq
      await durable
    },
  })
  const announce = relay && ((engineId: string) => relay.send(arrival(broker.id, engineId)))
  const deviceLog = new DeviceLogWriter(deps.deviceLog, logger)
  const rules = (): DoorRules => ({
    needsCertificate: config.tls.clients === 'certificate',
    trustsNames: config.tls.trustNames,
    builtIn: hub.handshakes?.material.builtIn ?? '',
  })
  const isPersonal = (mqttTopic: string) => isCameraTopic(mqttTopic) || routes.match(mqttTopic)?.codec.personal === true
  const logins = new Logins({ principals, committer, broker, limits, logger, deviceLog, rules, announce, isPersonal })
  await relay?.open({
    deliver(message) {
      const client = arrived(message)
      if (client === undefined) shared?.arrive(message)
      else logins.dismiss(client, message.at)
    },
    missed() {
      const dismiss = (clients: readonly string[]) => {
        for (const id of clients) logins.dismiss(id)
      }
      const failed = (error: unknown) => logger.warn({ err: error }, 'relay.missed')
      relay.unsent(broker.persistentClients()).then(dismiss, failed)
    },
  })
  const refreshMs = config.principalRefreshMs
  const tlsFolder = foldersOf(config.dataDir).tls
  const parts = { clock, logger, limits, lane, committer, logins, fanOut, routes, principals, deviceLog }
  const hub: Hub = new Hub({ ...parts, tls: config.tls, tlsFolder, refreshMs })
  const changes = new ChangeWatch({ store: deps.principals, principals, hub, logger, everyMs: config.changesMs })
  await changes.open()
  const bridges = new Bridges({
    ...{ bridges: config.bridges, committer, limits, clock, logger, deviceLog, shares: principals.shares },
    laneFor: (bridge) => (bridge.routes.length > 0 ? laneWith(new Routes(bridge.routes, CODECS as CodecTable)) : lane),
    lease: deps.lease,
  })
  registerGateway(deps.metrics, {
    bridges,
    hub,
    lane,
    committer,
    sink,
    fanOut,
    deadLetters,
    logins,
    broker,
    catalog,
    principals,
    deviceLog,
    remembering,
    firewall,
  })
  const mappings = new Mappings({
    ...{ log, logger, instance, codecs: CODECS as CodecTable, now: () => clock.now() },
    use(first) {
      routes.putFirst(first)
      principals.shares.topics.forgetAll()
    },
  })
  await mappings.open(onFatal)
  const sparkplugHost = new SparkplugHost({
    ...{ broker, clock, logger, hostId: config.sparkplugHost, isShared: deps.relay !== undefined },
  })
  await sparkplugHost.open()
  const tell = (mqttTopic: string, payload: Uint8Array) => {
    broker.send(mqttTopic, payload).catch((error) => logger.warn({ err: error, mqttTopic }, 'command.lost'))
    return true
  }
  remembering.start({
    ...{ committer, lane },
    behind: async (name) => bridges.behind(name) ?? principals.behind(name),
    publish: (mqttTopic, payload, name) =>
      bridges.behind(name) ? bridges.send(name, mqttTopic, payload) : tell(mqttTopic, payload),
  })
  const port = await hub.listen({ host: config.host, port: config.port, shared: config.sharePort })
  const tlsPort = await hub.listenSecurely({ shared: config.sharePort })
  if (config.allowAnonymous) logger.warn({ host: config.host, port }, 'gateway.anonymous-access')
  logger.info({ host: config.host, port, tlsPort, series: catalog.table.count }, 'gateway.listening')

  bridges.start()
  const redrive = new Redrive({
    ...{ log, logger, clock, committer },
    laneOf: (name) => bridges.laneOf(name) ?? lane,
    behind: async (name) => bridges.behind(name) ?? principals.behind(name),
  })
  redrive.start(onFatal)

  const stop = async () => {
    hub.stopReading()
    await redrive.close()
    await bridges.close()
    remembering.rest()
    await sparkplugHost.close()
    await broker.close()
    const late = setTimeout(() => {
      logger.error({ rows: committer.rows }, 'gateway.stopped-before-log')
      committer.giveUp()
    }, STOP_MS)
    await committer.drain()
    clearTimeout(late)
    hub.close()
    await changes.close()
    await deviceLog.drain()
    await deadLetters.drain()
    firewall.close()
    await mappings.close()
    await remembering.close()
    await catalog.close()
    await relay?.close()
    await deps.sessions.destroy()
    logger.info({ messages: sink.stats.messages, readings: sink.stats.readings }, 'gateway.stopped')
  }
  let stopped: Promise<void> | undefined
  return {
    info: { port, tlsPort },
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}
