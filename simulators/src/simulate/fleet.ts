import type { Clock, Logger } from '@quartier/contracts/runtime'
import type { SimulatorsConfig } from '../config.ts'
import { type Link, openLink } from '../mqtt/link.ts'
import { mix } from '../random.ts'
import { createOutbox, type Outbox, type SimulationCounts } from './outbox.ts'
import type { Payload } from './payloads.ts'

/** The MQTT connections of a simulation, each with what waits to be sent over it. */
export interface Fleet {
  readonly connected: number
  readonly waiting: number
  /** Opens connections that are due to be opened: one every few ms, so that they do not all come in one instant. */
  grow(): void
  put(connection: number, message: number, at: number): void
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
  encode(message: number, at: number): Payload | undefined
}

export function createFleet(
  clientIds: readonly string[],
  config: Pick<SimulatorsConfig, 'url' | 'name' | 'secret' | 'window' | 'backlog' | 'seed'>,
  { logger, clock, counts, encode }: FleetDeps,
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
    const link = openLink({ url, clientId, credentials, window, seed, onRoom, onTrouble })
    links.push(link)
    outboxes.push(createOutbox(link, config.backlog, counts, encode, isLate))
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
    put: (connection, message, at) => outboxes[connection]?.put(message, at),
    pump: () => {
      for (const outbox of outboxes) outbox.pump()
    },
    close: async () => {
      await Promise.all(links.map((link) => link.close(GRACE_MS)))
    },
  }
}
