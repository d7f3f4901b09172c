import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { RunningService, ServiceDeps } from '@quartier/contracts/runtime'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import {
  AttributeIds,
  ClientSubscription,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
} from 'node-opcua-client'
import type { OpcuaConfig } from './config.ts'
import { Edge } from './edge.ts'
import { DATATYPES, type Metric } from './payload.ts'
import { type Known, toKnown } from './values.ts'

export interface BridgeHandle extends RunningService {
  readonly info: { readonly metrics: number }
}

const GATHER_MS = 100

/**
 * Shows an OPC UA server as a device of a Sparkplug edge node: subscribes to its variables, and publishes their changes.
 * @throws when the configuration names variables twice
 */
export async function start(
  { logger, clock }: Pick<ServiceDeps, 'logger' | 'clock'>,
  config: OpcuaConfig,
): Promise<BridgeHandle> {
  const known: (Known | undefined)[] = config.metrics.map(() => undefined)
  let isThere = false
  const birth = (): Metric[] | undefined =>
    isThere
      ? config.metrics.map(({ name, unit }, alias) => toMetric(known[alias], clock.now(), { name, unit, alias }))
      : undefined
  const { group, node, device, backlog } = config
  const edge = new Edge({ ...config.mqtt, group, node, device, backlog, logger, birth, now: () => clock.now() })
  edge.start()

  let changed = new Map<number, Known>()
  let isToBeBorn = false
  const told = (alias: number, value: Known) => {
    const before = known[alias]
    known[alias] = value
    if (!isThere) return
    // A birth tells the datatype: when it becomes known, or another, the device is born again.
    if (before?.datatype !== value.datatype && value.value !== null) isToBeBorn = true
    else changed.set(alias, value)
  }
  // At first thousands become known at a time: one birth tells them all.
  const gather = setInterval(() => {
    if (changed.size > 0) {
      const metrics = [...changed].map(([alias, value]) => toMetric(value, clock.now(), { alias }))
      changed = new Map()
      edge.data(metrics)
    }
    if (isToBeBorn) edge.deviceBorn()
    isToBeBorn = false
  }, GATHER_MS)

  const certificates = new OPCUACertificateManager({
    rootFolder: join(config.dataDir, 'opcua'),
    automaticallyAcceptUnknownCertificate: config.server.trustUnknown,
  })
  const stopped = new AbortController()
  const { signal } = stopped
  const running = keepConnected(
    { config, certificates, told, signal },
    {
      there() {
        isThere = true
        edge.deviceBorn()
        logger.info({ url: config.server.url, metrics: config.metrics.length }, 'opcua.connected')
      },
      gone(reason) {
        if (isThere) edge.deviceGone()
        isThere = false
        logger.warn({ url: config.server.url, reason }, 'opcua.lost')
      },
    },
  )

  return {
    info: { metrics: config.metrics.length },
    async stop() {
      stopped.abort()
      clearInterval(gather)
      await edge.stop()
      await running
    },
  }
}

interface Reading {
  readonly config: OpcuaConfig
  readonly certificates: OPCUACertificateManager
  readonly told: (alias: number, value: Known) => void
  readonly signal: AbortSignal
}

const RETRY_MS = 1_000

/** One connection after the other until it is stopped; each begins from nothing, whatever the server still knows. */
async function keepConnected(
  reading: Reading,
  on: { there: () => void; gone: (reason: string) => void },
): Promise<void> {
  const { signal } = reading
  while (!signal.aborted) {
    const client = clientOf(reading)
    const over = new AbortController()
    const ended = new Promise<string>((end) => {
      client.on('connection_lost', () => end('the connection was lost'))
      client.on('close', () => end('the connection was closed'))
      // Heard no longer than this connection lasts: a server may be away for days, and is tried every second.
      signal.addEventListener('abort', () => end('stopped'), { once: true, signal: over.signal })
    })
    try {
      await openSession(client, reading)
      on.there()
      const reason = await ended
      if (!signal.aborted) on.gone(reason)
    } catch (error) {
      if (!signal.aborted) on.gone((error as Error).message)
    }
    over.abort()
    await client.disconnect().catch(() => {})
    if (!signal.aborted) await setTimeout(RETRY_MS, undefined, { signal }).catch(() => {})
  }
}

const SECURITY = {
  none: [MessageSecurityMode.None, SecurityPolicy.None],
  sign: [MessageSecurityMode.Sign, SecurityPolicy.Basic256Sha256],
  encrypt: [MessageSecurityMode.SignAndEncrypt, SecurityPolicy.Basic256Sha256],
} as const

function clientOf({ config: { server }, certificates }: Reading): OPCUAClient {
  const [securityMode, securityPolicy] = SECURITY[server.security]
  return OPCUAClient.create({
    applicationName: 'Quartier OPC UA bridge',
    endpointMustExist: false,
    keepSessionAlive: true,
    clientCertificateManager: certificates,
    securityMode,
    securityPolicy,
    connectionStrategy: { initialDelay: 500, maxDelay: 1_000, maxRetry: 0 },
  })
}

/** Connects, and subscribes to every variable. */
async function openSession(client: OPCUAClient, { config: { server, metrics }, told }: Reading): Promise<void> {
  await client.connect(server.url)
  const { user, password } = server
  const session = await client.createSession(
    user === null ? undefined : { type: UserTokenType.UserName, userName: user, password },
  )
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: server.publishMs,
    requestedLifetimeCount: 1_000,
    requestedMaxKeepAliveCount: 10,
    maxNotificationsPerPublish: 1_000,
    publishingEnabled: true,
    priority: 1,
  })
  for (const [alias, { nodeId, samplingMs }] of metrics.entries()) {
    const item = await subscription.monitor(
      { nodeId, attributeId: AttributeIds.Value },
      { samplingInterval: samplingMs, discardOldest: true, queueSize: 10 },
      TimestampsToReturn.Both,
    )
    item.on('changed', (data) => {
      const value = toKnown(data, Date.now())
      if (value) told(alias, value)
    })
  }
}

const toMetric = (
  known: Known | undefined,
  now: number,
  named: { name?: string; unit?: string; alias: number },
): Metric => ({
  ...named,
  at: known?.at ?? now,
  datatype: known?.datatype ?? DATATYPES.double,
  value: known?.value ?? null,
  quality: known?.quality,
})
