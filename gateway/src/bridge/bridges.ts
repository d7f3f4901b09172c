import type { Principal, Records } from '@quartier/contracts/records'
import type { Clock, Logger } from '@quartier/contracts/runtime'
import { Access } from '../access.ts'
import type { Committer } from '../append.ts'
import type { Limits } from '../config.ts'
import type { DeviceLogWriter } from '../device-log.ts'
import type { FastLane } from '../fast-lane.ts'
import type { Shares } from '../share.ts'
import type { BridgeConfig } from './config.ts'
import type { BridgeLink, Intake, LinkStats } from './link.ts'

export interface BridgesDeps {
  readonly bridges: readonly BridgeConfig[]
  /** The lane with the routes of a bridge. */
  readonly laneFor: (bridge: BridgeConfig) => FastLane
  readonly committer: Committer
  readonly limits: Limits
  readonly shares: Shares
  readonly clock: Clock
  readonly logger: Logger
  readonly deviceLog: DeviceLogWriter
  /** Where there are several gateways: which of them has which connection. */
  readonly lease?: Records['lease']
}

const STOP_MS = 2_000
/** How often it is looked whether there is room again. */
const LOOK_MS = 10

/** All connections to brokers of others; each is at one gateway at a time. */
export class Bridges {
  readonly stats = new Map<string, LinkStats>()
  readonly #deps: BridgesDeps
  readonly #stopped = new AbortController()
  readonly #running: Promise<void>[] = []
  /** By the name of the bridge's principal. */
  readonly #accesses = new Map<string, Access>()
  readonly #lanes = new Map<string, FastLane>()
  readonly #links = new Map<string, Set<BridgeLink>>()

  constructor(deps: BridgesDeps) {
    this.#deps = deps
  }

  start(): void {
    for (const bridge of this.#deps.bridges) {
      const stats = { received: 0, repeated: 0, acknowledged: 0, connects: 0, failures: 0, held: 0, connected: 0 }
      this.stats.set(bridge.name, stats)
      const intake = this.#intakeOf(bridge)
      for (let slot = 1; slot <= bridge.connections; slot++) this.#running.push(this.#run(bridge, slot, intake, stats))
    }
  }

  /** The access of a bridge, by the name of its principal; `undefined` for any other name. */
  behind(principal: string): Access | undefined {
    return this.#accesses.get(principal)
  }

  /** The lane by which its messages come in. */
  laneOf(principal: string): FastLane | undefined {
    return this.#lanes.get(principal)
  }

  /** Answers senders behind a bridge, by one of its connections; false when there is none, or no such bridge. */
  send(principal: string, mqttTopic: string, payload: Uint8Array): boolean {
    for (const link of this.#links.get(principal) ?? []) if (link.send(mqttTopic, payload)) return true
    return false
  }

  /** Resolves once every connection is closed; what is durable by then is acknowledged. */
  async close(): Promise<void> {
    this.#stopped.abort()
    await Promise.all(this.#running)
  }

  #intakeOf(bridge: BridgeConfig): Intake {
    const { committer, limits, shares, clock } = this.#deps
    const access = new Access(principalOf(bridge), limits, shares)
    access.enter()
    this.#accesses.set(access.principal.name, access)
    const lane = this.#deps.laneFor(bridge)
    this.#lanes.set(access.principal.name, lane)
    return {
      get isOver() {
        return committer.isOver
      },
      room: () => new Promise((later) => setTimeout(later, LOOK_MS)),
      take: (message) => lane.takeFromRoad(access, message, clock.now()),
    }
  }

  #linksOf(config: BridgeConfig): Set<BridgeLink> {
    const { name } = principalOf(config)
    const links = this.#links.get(name) ?? new Set()
    this.#links.set(name, links)
    return links
  }

  async #run(config: BridgeConfig, slot: number, intake: Intake, stats: LinkStats): Promise<void> {
    const { clock, logger, deviceLog, lease } = this.#deps
    // The client is loaded only where there is a bridge.
    const { BridgeLink } = await import('./link.ts')
    const act = async (ended: AbortSignal) => {
      const link = new BridgeLink({ config, slot, intake, clock, logger, deviceLog, stats })
      const links = this.#linksOf(config)
      links.add(link)
      link.start()
      if (!ended.aborted) await new Promise((done) => ended.addEventListener('abort', done, { once: true }))
      links.delete(link)
      await link.stop(STOP_MS)
    }
    const { signal } = this.#stopped
    if (lease) await lease(`bridge:${config.name}:${slot}`, act, { signal })
    else await act(signal)
  }
}

/** A bridge may say everything in the name of its source; what it is not sent it cannot say. */
const principalOf = ({ name, source, personal, historical }: BridgeConfig): Principal => ({
  name: `bridge:${name}`,
  source,
  kind: 'service',
  publish: ['#'],
  subscribe: [],
  devices: ['*'],
  personal,
  historical,
  enabled: true,
})
