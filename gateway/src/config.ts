import { QuartierError } from '@quartier/contracts'
import { commonConfig } from '@quartier/contracts/runtime'
import { z } from 'zod'
import { bridgesSchema } from './bridge/config.ts'
import type { Route } from './codecs/codec.ts'
import { tlsConfigSchema } from './tls/config.ts'
import { routeSchema } from './topics/route-schema.ts'

/** Which codec reads which MQTT topics, unless the configuration says otherwise. The first that matches wins. */
export const DEFAULT_ROUTES: readonly Route[] = [
  { filter: 't/{source}/d/{device}/{property}', codec: 'json' },
  { filter: 't/{source}/d/{device}', codec: 'json' },
  { filter: 'senml/{source}/{device+}', codec: 'senml' },
  { filter: 'pack/{source}/{device}', codec: 'pack' },
  { filter: 'e/{source}/d/{device}', codec: 'event' },
  { filter: 'e/{source}', codec: 'event' },
  { filter: 'application/+/device/{device}/event/{property}', codec: 'chirpstack' },
  { filter: 'v3/+/devices/{device}/#', codec: 'ttn' },
  { filter: 'spBv1.0/#', codec: 'sparkplug' },
  { filter: 'zigbee2mqtt/#', codec: 'zigbee' },
  { filter: 'onvif/{source}/{device}/#', codec: 'onvif' },
  { filter: '{device}/onvif-ej/#', codec: 'onvif' },
  { filter: '{device}/onvif-mj/#', codec: 'onvif' },
  { filter: 'frigate/#', codec: 'frigate' },
]

const count = (value: number, description: string) => z.number().int().min(1).default(value).describe(description)

const limitsSchema = z.strictObject({
  connections: count(20_000, 'connections held at once; more are closed at once'),
  deviceConnections: count(5, 'connections of one device'),
  clientConnections: count(1_000, 'connections of one gateway or service'),
  acceptPerSecond: count(2_000, 'connections begun per second; more wait their turn'),
  connectTimeoutMs: count(10_000, 'time a connection has to log in, ms'),
  connectBytes: count(4_096, 'largest CONNECT packet, bytes'),
  packetBytes: count(262_144, 'largest packet, bytes'),
  topicBytes: count(1_024, 'longest MQTT topic or filter, bytes'),
  topicLevels: z.number().int().min(1).max(64).default(16).describe('levels of an MQTT topic or filter'),
  deviceMessagesPerSecond: count(10, 'messages per second a device may keep up; beyond it, it is read more slowly'),
  deviceBurst: count(50, 'messages a device may send at once'),
  clientMessagesPerSecond: count(1_000_000, 'the same for gateways, services and anonymous clients'),
  clientBurst: count(1_000_000, 'messages these may send at once'),
  deviceSubscriptions: count(5, 'subscriptions of a device'),
  clientSubscriptions: count(100, 'subscriptions of a gateway, service or anonymous client'),
  deviceRetained: count(10, 'retained telemetry messages of a device'),
  clientRetained: count(10_000, 'retained telemetry messages of a gateway, service or anonymous client'),
  inflight: count(1_000, 'QoS 2 messages of one client that await their release'),
  flapConnects: count(15, 'connects per minute of one client id of a device or gateway, before it is banned'),
  flapBanMs: count(300_000, 'how long a flapping client id stays banned, ms'),
  failedLogins: count(20, 'failed logins per minute of one name from one address, before they are banned for as long'),
  outgoingBytes: count(1_048_576, 'bytes that may wait for one slow reader; QoS 0 beyond is dropped'),
  slowReaderMs: count(20_000, 'time a reader may stand still with a full buffer before it is closed, ms'),
  partialBytes: count(67_108_864, 'bytes of half-received packets of all connections together'),
  devicePartialBytes: count(1_048_576, 'bytes of half-received packets of one device'),
  clientPartialBytes: count(16_777_216, 'bytes of half-received packets of one gateway or service'),
  packetTimeoutMs: count(60_000, 'time a packet may take from its first byte to its last, ms'),
  pendingRows: count(200_000, 'readings waiting for the log before sockets are no longer read'),
  pendingBytes: count(67_108_864, 'bytes of other things waiting for the log before sockets are no longer read'),
  deviceTopicMemory: count(262_144, 'memory for the MQTT topics that are remembered for one device, bytes'),
  clientTopicMemory: count(134_217_728, 'the same for one gateway, service or all anonymous clients'),
  topicMemory: count(268_435_456, 'memory for the MQTT topics that are remembered altogether, bytes'),
  series: count(2_000_000, 'series known altogether; unknown ones beyond are rejected'),
  deviceSeries: count(1_000, 'series that one device may bring in'),
  clientSeries: count(1_000_000, 'series that one gateway or service may bring in'),
  codecStates: count(20_000, 'senders of whom codecs remember something, such as edge nodes of Sparkplug'),
  commandsPerSecond: count(20, 'commands per second that codecs send to their senders, such as requests for a rebirth'),
  deadLettersPerSecond: count(50, 'dead letters kept per second; the rest is only counted'),
})

/** Everything that can be set in the gateway. */
export const gatewayConfigSchema = z.object({
  ...commonConfig,
  host: z.string().default('127.0.0.1').describe('address that the plain TCP listener binds'),
  port: z.number().int().min(0).max(65_535).default(1883).describe('MQTT port; 0 takes a free one'),
  sharePort: z
    .boolean()
    .default(false)
    .describe('several gateways of one machine, with their records in PostgreSQL, listen at the same port (Linux)'),
  allowAnonymous: z
    .boolean()
    .default(false)
    .describe('development only, on a loopback address: clients without a name may publish and read everything'),
  unknownSeries: z
    .enum(['provision', 'quarantine'])
    .default('provision')
    .describe('what happens to series nobody registered: taken in, or kept aside until somebody approves them'),
  routes: z
    .array(routeSchema)
    .default([...DEFAULT_ROUTES])
    .describe('which codec reads which MQTT topics, first match wins'),
  commitIntervalMs: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .default(null)
    .describe(
      'pause between two commits under load, ms; a lone message is committed at once; null: 4, or 20 on Kafka, which answers each',
    ),
  commitRows: count(16_384, 'readings that end the pause early'),
  skewAheadMs: count(300_000, 'how far ahead of ours the clock of a device may be, ms'),
  skewBackMs: count(604_800_000, 'how old a reading may be, ms'),
  sparkplugHost: z
    .string()
    .regex(/^[^/+#]*$/, 'must be one level of a topic')
    .default('quartier')
    .describe('host id under which Sparkplug edge nodes see us as their primary host; empty: not announced'),
  silentSendersMs: count(
    60_000,
    'after a start, time until senders that were remembered and stay silent are asked, ms',
  ),
  privacyKeyFolder: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'where the keys for tokens of plates are kept, each for its day; null: secrets in the data folder. Several gateways share one',
    ),
  principalCacheMs: count(60_000, 'how long a successful login is remembered, ms'),
  principalRefreshMs: count(30_000, 'how often the rights of all who are connected are looked up, ms'),
  changesMs: count(300, 'how often it is asked who was revoked or changed, ms'),
  sessionExpiryMs: count(3_600_000, 'how long the session of an absent client is kept, ms'),
  tls: tlsConfigSchema.prefault({}),
  bridges: bridgesSchema.describe('brokers of others from which telemetry is taken in (docs/sources/brokers.md)'),
  limits: limitsSchema.prefault({}),
})

export type GatewayConfig = Readonly<z.output<typeof gatewayConfigSchema>>
export type Limits = GatewayConfig['limits']

/** @throws QuartierError CONFIG_INVALID when anonymous access is asked for on an address that others can reach */
export function checkConfig(config: GatewayConfig): void {
  if (config.allowAnonymous && !isLoopback(config.host))
    throw new QuartierError(
      'CONFIG_INVALID',
      `gateway.allowAnonymous is for development on a loopback address, but gateway.host is ${config.host}`,
    )
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
