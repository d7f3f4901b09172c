import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { SimulatorsConfig } from '../config.ts'
import { type Link, openLink } from '../mqtt/link.ts'
import { mix } from '../random.ts'
import { createOutbox, type Outbox, type SimulationCounts } from './outbox.ts'
import type { Speaker } from './payloads.ts'
import { asksForRebirth } from './sparkplug-edge.ts'

/** The MQTT connections of a simulation, each with what waits to be sent over it. */
export interface Fleet {
  readonly connected: number
  readonly waiting: number
  /** Opens connections that are due to be opened: one every few ms, so that they do not all come in one instant. */
  grow(): void
  put(connection: number, message: number, at: number): void
  /** Sends an event at once; it is gone where its connection has no room. */
  say(connection: number, mqttTopic: string, bytes: string): void
  pump(): void
  close(): Promise<void>
}

const CONNECT_EVERY_MS = 2
const TROUBLE_EVERY_MS = 10_000
/** Acknowledgements under way get so long at the end. */
const GRACE_MS = 500

export interface FleetDeps {
  readonly logger: Logger
  readonly clock: Clock
  readonly counts: SimulationCounts
  readonly speaker: Pick<Speaker, 'encode' | 'edgesOf' | 'births'>
}

export function createFleet(
  clientIds: readonly string[],
  config: Pick<SimulatorsConfig, 'url' | 'name' | 'secret' | 'window' | 'backlog' | 'seed'>,
  { logger, clock, counts, speaker }: FleetDeps,
): Fleet {
  const links: Link[] = []
  const outboxes: Outbox[] = []
  const credentials = config.name === '' ? undefined : { name: config.name, secret: config.secret }
  const startedAt = clock.now()
  // What was due before the start is a greeting, not late.
  const isLate = (at: number) => at > startedAt && clock.now() - at > 1_000 * clock.speed
  const beganAt = Date.now()
  let troubleAt = 0
  const onTrouble = (error: Error) => {
    if (Date.now() - troubleAt < TROUBLE_EVERY_MS) return
    troubleAt = Date.now()
    logger.warn({ url: config.url, reason: error.message }, 'simulator.connection_failed')
  }
  const open = (connection: number) => {
    const { url, window } = config
    const clientId = clientIds[connection]!
    const seed = mix(config.seed, connection)
    const onRoom = () => outboxes[connection]?.pump()
    const edges = speaker.edgesOf(connection)
    const bear = () => {
      if (!link.connected) return
      for (const { mqttTopic, bytes, qos } of speaker.births(connection, clock.now()))
        link.send(mqttTopic, bytes, () => {}, { qos })
    }
    const session =
      edges.length === 0
        ? {}
        : {
            will: () => edges[0]!.will(),
            onConnected: bear,
            onMessage: (_topic: string, payload: Buffer) => {
              if (asksForRebirth(payload)) bear()
            },
          }
    const link = openLink({ url, clientId, credentials, window, seed, onRoom, onTrouble, ...session })
    for (const edge of edges) link.subscribe(edge.commands, 0)
    links.push(link)
    outboxes.push(createOutbox(link, config.backlog, counts, speaker.encode, isLate))
  }
  return {
    get connected() {
      return links.reduce((sum, l) => sum + Number(l.connected), 0)
    },
    get waiting() {
      return outboxes.reduce((sum, o) => sum + o.waiting, 0)
    },
    grow: () => {
      const allowed = Math.min(clientIds.length, 1 + Math.floor((Date.now() - beganAt) / CONNECT_EVERY_MS))
      while (links.length < allowed) open(links.length)
    },
    say: (connection, mqttTopic, bytes) => {
      const link = links[connection]
      if (!link?.hasRoom()) return
      counts.sentEvents++
      link.send(mqttTopic, bytes, () => {})
    },
    put: (connection, message, at) => outboxes[connection]?.put(message, at),
    pump: () => {
      for (const outbox of outboxes) outbox.pump()
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close(GRACE_MS)))
    },
  }
}
