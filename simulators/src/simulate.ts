import type { Clock, Logger, RunningService } from '@quartier/contracts/runtime'
import type { DistrictModel } from '@quartier/contracts/schemas'
import type { Registry } from 'prom-client'
import type { SimulatorsConfig } from './config.ts'
import { createDistrict } from './district/create-district.ts'
import { type Link, openLink } from './mqtt/link.ts'
import { mix } from './random.ts'
import { planMessages } from './simulate/messages.ts'
import { serveMetrics } from './simulate/metrics.ts'
import { createOutbox, noCounts, type Outbox, type SimulationState } from './simulate/outbox.ts'
import { createMessageEncoder } from './simulate/payloads.ts'
import { createSchedule } from './simulate/schedule.ts'

export interface SimulatorDeps {
  readonly logger: Logger
  readonly clock: Clock
  readonly metrics: Registry
}

export interface Simulation extends RunningService {
  readonly model: DistrictModel
  /** What was sent, acknowledged, late and given up so far. */
  counts(): SimulationState
}

/** How often messages that fell due are handed to their connections, real ms. */
const TICK_MS = 25
const REPORT_MS = 60_000
/** Messages older than this many real ms are given up: the machine slept, or it cannot keep up at all. */
const MOST_BEHIND_MS = 30_000
/** A connection is opened every so many real ms, so that a large district does not connect in one instant. */
const CONNECT_EVERY_MS = 2

/**
 * Runs the simulated district: its gateways connect over MQTT and publish what its devices measure, each format of
 * the platform among them, with the load spread evenly over the interval.
 */
export async function start(
  deps: SimulatorDeps,
  config: Omit<SimulatorsConfig, 'dataDir' | 'logLevel' | 'clock'>,
): Promise<Simulation> {
  const { clock, logger } = deps
  const { seed, sensors } = config
  const model = createDistrict({ seed, sensors, intervalMs: config.intervalMs ?? undefined })
  const { messages, clientIds } = planMessages(model, config.connections ?? undefined)
  const encode = createMessageEncoder(model, messages, seed, daysOf(clock, config.speed))
  const schedule = createSchedule(messages.map((m) => m.intervalMs))
  const counts = noCounts()
  const credentials = config.name === '' ? undefined : { name: config.name, secret: config.secret }
  const isLate = (at: number) => clock.now() - at > 1_000 * clock.speed
  const links: Link[] = []
  const outboxes: Outbox[] = []
  let troubleAt = 0
  const open = (connection: number) => {
    const link = openLink({
      url: config.url,
      clientId: clientIds[connection]!,
      credentials,
      window: config.window,
      seed: mix(seed, connection),
      onRoom: () => outboxes[connection]?.pump(),
      onTrouble: (error) => {
        if (Date.now() - troubleAt < 10_000) return
        troubleAt = Date.now()
        logger.warn({ url: config.url, reason: error.message }, 'simulator.connection_failed')
      },
    })
    links.push(link)
    outboxes.push(createOutbox(link, config.backlog, counts, encode, isLate))
  }
  let doneUntil = clock.now()
  const tick = () => {
    while (
      links.length < clientIds.length &&
      (links.length < 1 || Date.now() >= startedAt + links.length * CONNECT_EVERY_MS)
    )
      open(links.length)
    const now = clock.now()
    const oldest = now - MOST_BEHIND_MS * clock.speed
    if (doneUntil < oldest) {
      schedule.due(doneUntil, oldest, () => counts.givenUpMessages++)
      doneUntil = oldest
    }
    schedule.due(doneUntil, now, (message, at) => outboxes[messages[message]!.connection]?.put(message, at))
    doneUntil = now
    for (const outbox of outboxes) outbox.pump()
  }
  const startedAt = Date.now()
  const state = () => ({
    ...counts,
    waitingMessages: outboxes.reduce((sum, o) => sum + o.waiting, 0),
    connected: links.reduce((sum, l) => sum + Number(l.connected), 0),
  })
  let reported = noCounts()
  const report = () => {
    const current = state()
    const behind = current.givenUpMessages > reported.givenUpMessages || current.lateMessages > reported.lateMessages
    if (behind) logger.warn(current, 'simulator.behind')
    else logger.info(current, 'simulator.progress')
    reported = { ...counts }
  }
  serveMetrics(deps.metrics, state)
  tick()
  const ticking = setInterval(tick, TICK_MS)
  const reporting = setInterval(report, REPORT_MS)
  logger.info(
    { sensors: model.series.length, messages: messages.length, connections: clientIds.length },
    'simulator.started',
  )
  return {
    model,
    counts: state,
    info: { sensors: model.series.length, connections: clientIds.length },
    stop: async () => {
      clearInterval(ticking)
      clearInterval(reporting)
      await Promise.all(links.map((link) => link.close(500)))
      logger.info(state(), 'simulator.stopped')
    },
  }
}

/** The time on which the devices live: the platform's, or faster, beginning now. */
function daysOf(clock: Clock, speed: number): (at: number) => number {
  const origin = clock.now()
  return speed === 1 ? (at) => at : (at) => Math.floor(origin + (at - origin) * speed)
}
