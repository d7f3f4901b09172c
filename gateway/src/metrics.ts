import { Counter, Gauge, type Registry } from 'prom-client'
import type { Committer } from './append.ts'
import type { Bridges } from './bridge/bridges.ts'
import type { LinkStats } from './bridge/link.ts'
import type { Broker } from './broker/broker.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { DeviceLogWriter } from './device-log.ts'
import type { FanOut } from './fan-out.ts'
import type { FastLane } from './fast-lane.ts'
import type { Hub } from './hub.ts'
import type { Logins } from './login.ts'
import type { Principals } from './principals.ts'
import type { Firewall } from './privacy/firewall.ts'
import type { Remembering } from './remembering.ts'
import type { Catalog } from './series/catalog.ts'
import type { MessageSink } from './sink.ts'

/** A plain number read when somebody asks, so that counting costs the hot path an addition. */
export interface Reading {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  readonly read: () => number
}

/** Numbers by a label that appears as things happen, such as the reason of a rejection. */
export interface LabelledReading {
  readonly name: string
  readonly help: string
  readonly label: string
  readonly read: () => Iterable<readonly [string, number]>
}

export function registerMetrics(
  registry: Registry,
  readings: readonly Reading[],
  labelled: readonly LabelledReading[],
): void {
  const registers = [registry]
  for (const { name, help, kind, read } of readings) {
    if (kind === 'gauge')
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    else
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(read())
        },
      })
  }
  for (const { name, help, label, read } of labelled)
    new Counter({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset()
        for (const [value, n] of read()) this.inc({ [label]: value }, n)
      },
    })
}

export interface Parts {
  readonly hub: Hub
  readonly lane: FastLane
  readonly committer: Committer
  readonly sink: MessageSink
  readonly fanOut: FanOut
  readonly deadLetters: DeadLetters
  readonly logins: Logins
  readonly broker: Broker
  readonly catalog: Catalog
  readonly principals: Principals
  readonly remembering: Remembering
  readonly deviceLog: DeviceLogWriter
  readonly bridges: Bridges
  readonly firewall: Firewall
}

/** Everything the gateway tells about itself, under `quartier_gateway_`. */
export function registerGateway(registry: Registry, parts: Parts): void {
  const { hub, lane, committer, sink, fanOut, deadLetters, logins, broker, catalog, principals, deviceLog, bridges } =
    parts
  const { remembering, firewall } = parts
  const c = (name: string, help: string, read: () => number) =>
    ({ name: P + name, help, kind: 'counter', read }) as const
  const g = (name: string, help: string, read: () => number) => ({ name: P + name, help, kind: 'gauge', read }) as const
  registerMetrics(
    registry,
    [
      g('connections', 'Connections now', () => hub.connections.size),
      g('connections_lingering', 'Ended sockets whose clients have not closed yet', () => hub.lingering.size),
      c('connections_total', 'Connections taken in', () => hub.accepted),
      g('connections_waiting', 'Sockets that wait for their turn', () => hub.waiting),
      g('tls_handshakes_pending', 'TLS handshakes under way', () => hub.handshakes?.pending ?? 0),
      c('tls_handshakes_full_total', 'Whole TLS handshakes', () => hub.handshakes?.stats.full ?? 0),
      c('tls_handshakes_resumed_total', 'Resumed TLS sessions', () => hub.handshakes?.stats.resumed ?? 0),
      c('tls_handshakes_failed_total', 'TLS handshakes that failed', () => hub.handshakes?.stats.failed ?? 0),
      c('connections_turned_away_total', 'Connections closed because there were too many', () => hub.turnedAway),
      c('logins_total', 'Clients let in', () => logins.stats.accepted),
      c('logins_refused_total', 'Clients refused', () => logins.stats.refused),
      c('takeovers_total', 'Connections ended by a newer one of the same client', () => logins.stats.takeovers),
      c(
        'bans_total',
        'Clients and addresses banned for a while',
        () => logins.flapping.bans + logins.storming.bans + logins.failures.bans,
      ),
      c('received_bytes_total', 'Bytes received', () => hub.stats.bytes),
      c('packets_total', 'Packets received', () => hub.stats.packets),
      c('lane_packets_total', 'PUBLISH packets taken by the fast lane', () => hub.stats.lanePackets),
      c('road_packets_total', 'Packets handed to the full engine', () => hub.stats.roadPackets),
      c('messages_total', 'Telemetry messages received', () => sink.stats.messages),
      c(
        'messages_rejected_total',
        'Telemetry messages of which nothing could be used',
        () => sink.stats.rejectedMessages,
      ),
      c('readings_total', 'Readings received', () => sink.stats.readings),
      c('readings_rejected_total', 'Readings that could not be used', () => sink.stats.rejectedReadings),
      c('readings_untimed_total', 'Readings without a time of their own', () => sink.stats.untimed),
      c('readings_skewed_total', 'Readings whose time was replaced by ours', () => sink.stats.skewed),
      g(
        'clock_suspect_ms',
        'By how much most devices are ahead of our clock alike, ms; 0: they are not',
        () => sink.devicesAheadMs,
      ),
      c('events_total', 'Events received', () => sink.events.stats.events),
      c('events_rejected_total', 'Events that could not be used', () => sink.events.stats.rejected),
      c('personal_messages_total', 'Messages that passed the privacy firewall', () => firewall.stats.messages),
      c('plate_tokens_total', 'Plates in whose place a token was put', () => firewall.stats.tokens),
      c('privacy_key_failures_total', 'Times a key of the day could not be had', () => firewall.stats.keyFailures),
      c('throttled_total', 'Times a client was slowed down for sending too fast', () => hub.stats.throttled),
      c('turns_waited_total', 'Times a client had to let the others be heard', () => hub.turns.waits),
      g('paused_sockets', 'Sockets not read because too much waits for the log', () => committer.pausedWriters),
      g('pending_rows', 'Readings that wait for the log', () => committer.rows),
      g('log_stalled', '1 while the log takes nothing', () => (committer.stalled ? 1 : 0)),
      c('log_failures_total', 'Appends that failed and were repeated', () => committer.log.failures),
      g('retained_pending', 'Retained messages that wait to be kept', () => committer.retaining.pending),
      c('commits_total', 'Batches made durable', () => committer.stats.commits),
      c('commit_seconds_total', 'Time from the end of gathering to durable', () => committer.stats.seconds),
      c('delivered_total', 'Telemetry messages sent to subscribers', () => fanOut.stats.delivered),
      c('dropped_total', 'Messages lost by slow subscribers', () => fanOut.stats.dropped + broker.stats.dropped),
      c(
        'retained_refused_total',
        'Retained messages not kept',
        () => lane.stats.retainedRefused + broker.stats.retainedRefused,
      ),
      c('dead_letters_total', 'Dead letters kept', () => deadLetters.stats.kept),
      c('dead_letters_dropped_total', 'Dead letters beyond the rate, only counted', () => deadLetters.stats.dropped),
      g('partial_bytes', 'Memory of half-received packets', () => principals.shares.partial.bytes),
      g('topic_bytes', 'Memory of remembered MQTT topics, about', () => principals.shares.topics.bytes),
      g('series', 'Series known', () => catalog.table.count),
      c('series_defined_total', 'Series announced by this gateway', () => catalog.stats.defined),
      c('series_quarantined_total', 'Series kept aside', () => catalog.stats.quarantined),
      g('codec_states', 'Senders of whom codecs remember something', () => remembering.states.count),
      c('codec_states_saved_total', 'Times such a state was saved', () => remembering.states.stats.saved),
      c('commands_total', 'Commands sent by codecs, such as for a rebirth', () => remembering.stats.sent),
      c('commands_held_back_total', 'Commands that had to wait', () => remembering.stats.heldBack),
      c('series_collisions_total', 'Series refused because another has the same id', () => catalog.stats.collisions),
    ],
    [
      {
        name: `${P}rejected_total`,
        help: 'Messages and readings rejected, by reason',
        label: 'reason',
        read: () => sink.rejectedBy,
      },
      {
        name: `${P}removed_total`,
        help: 'Things that identify people and were removed at the door, by kind',
        label: 'kind',
        read: () => firewall.receipts.removedBy(),
      },
      ...bridgeReadings(bridges),
      {
        name: `${P}device_events_total`,
        help: 'What happened to devices at the door, by event',
        label: 'event',
        read: () => deviceLog.byEvent,
      },
      {
        name: `${P}closed_total`,
        help: 'Connections closed by us, by reason',
        label: 'reason',
        read: () => hub.stats.closedBy,
      },
      {
        name: `${P}cpu_seconds_total`,
        help: 'CPU time by stage: framing and codec from one chunk in 64',
        label: 'stage',
        read: () => [
          ['framing', hub.samples.framing],
          ['codec', hub.samples.codec],
          ['append', committer.stats.encodeCpu],
          ['acknowledge', committer.stats.ackCpu],
        ],
      },
    ],
  )
}

/** What is taken in from brokers of others, by bridge. */
function bridgeReadings(bridges: Bridges): LabelledReading[] {
  const of = (name: string, help: string, key: keyof LinkStats): LabelledReading => ({
    name: `${P}bridge_${name}`,
    help,
    label: 'bridge',
    read: () => [...bridges.stats].map(([bridge, stats]) => [bridge, stats[key]] as const),
  })
  return [
    of('messages_total', 'Messages received from brokers of others', 'received'),
    of('repeated_total', 'Of these, those that the broker had sent before', 'repeated'),
    of('acknowledged_total', 'Messages acknowledged to brokers of others', 'acknowledged'),
    of('connects_total', 'Connections made to brokers of others', 'connects'),
    of('failures_total', 'Connections or subscriptions that failed', 'failures'),
    of('held_total', 'Messages that waited for room', 'held'),
  ]
}

const P = 'quartier_gateway_'
