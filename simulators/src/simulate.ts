import type { Clock, Logger, RunningService } from '@quartier/contracts/runtime'
import type { DistrictModel } from '@quartier/contracts/schemas'
import type { Registry } from 'prom-client'
import type { SimulatorsConfig } from './config.ts'
import { createDistrict } from './district/create-district.ts'
import { createEventFeed } from './simulate/event-feed.ts'
import { createFleet } from './simulate/fleet.ts'
import { lastWords } from './simulate/greeting.ts'
import { planMessages } from './simulate/messages.ts'
import { serveMetrics } from './simulate/metrics.ts'
import { noCounts, type SimulationState } from './simulate/outbox.ts'
import { createSpeaker } from './simulate/payloads.ts'
import { createSchedule, type Schedule } from './simulate/schedule.ts'

export interface SimulatorDeps {
  readonly logger: Logger
  readonly clock: Clock
  readonly metrics: Registry
}

export interface Simulation extends RunningService {
  readonly model: DistrictModel
  /** What was sent, acknowledged, late and given up so far, and how things stand. */
  counts(): SimulationState
}

/** How often messages that fell due are handed to their connections, real ms. */
const TICK_MS = 25
const REPORT_MS = 60_000
/** Time over which the first values of all devices are spread, real ms. */
const GREETING_MS = 6_000
/** Messages older than this many real ms are given up: the machine slept, or it cannot keep up at all. */
const MOST_BEHIND_MS = 30_000

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
  const model = createDistrict({ seed, sensors, intervalMs: config.intervalMs ?? undefined, source: config.source })
  const { messages, clientIds } = planMessages(model, config.connections ?? undefined)
  const counts = noCounts()
  const lifeAt = daysOf(clock, config.speed)
  const speaker = createSpeaker(model, messages, seed, lifeAt, config.world)
  const fleet = createFleet(clientIds, config, { logger, clock, counts, speaker })
  const feed = createEventFeed(model, messages, speaker.devices)
  const schedule = createSchedule(messages.map((m) => m.intervalMs))
  let doneUntil = clock.now()
  const greetings = greet(schedule, doneUntil)
  const tick = () => {
    fleet.grow()
    for (const [message, at] of greetings.splice(0, Math.ceil((messages.length * TICK_MS) / GREETING_MS)))
      for (const instant of lastWords(speaker, message, messages[message]!, at))
        fleet.put(messages[message]!.connection, message, instant)
    const now = clock.now()
    const oldest = now - MOST_BEHIND_MS * clock.speed
    if (doneUntil < oldest) {
      schedule.due(doneUntil, oldest, () => counts.givenUpMessages++)
      doneUntil = oldest
    }
    schedule.due(doneUntil, now, (message, at) => fleet.put(messages[message]!.connection, message, at))
    feed(lifeAt(doneUntil), lifeAt(now), (event) =>
      fleet.say(event.connection, event.mqttTopic, event.payloadAt(config.speed === 1 ? event.at : now)),
    )
    doneUntil = now
    fleet.pump()
  }
  const state = (): SimulationState => ({ ...counts, waitingMessages: fleet.waiting, connected: fleet.connected })
  serveMetrics(deps.metrics, state)
  tick()
  const ticking = setInterval(tick, TICK_MS)
  const reporting = setInterval(reporter(logger, state), REPORT_MS)
  const size = { sensors: model.series.length, connections: clientIds.length }
  logger.info({ ...size, messages: messages.length }, 'simulator.started')
  return {
    model,
    counts: state,
    info: size,
    stop: async () => {
      clearInterval(ticking)
      clearInterval(reporting)
      await fleet.close()
      logger.info(state(), 'simulator.stopped')
    },
  }
}

/** The time on which the devices live: the platform's, or faster, beginning now. */
function daysOf(clock: Clock, speed: number): (at: number) => number {
  const origin = clock.now()
  return speed === 1 ? (at) => at : (at) => Math.floor(origin + (at - origin) * speed)
}

/**
 * What every device says when it first comes up: the value it measured last. Without it the slowest would be missed
 * for minutes, and one that is silent just then for as long as it is.
 */
function greet(schedule: Schedule, now: number): [message: number, at: number][] {
  const greetings: [number, number][] = []
  schedule.latest(now, (message, at) => greetings.push([message, at]))
  return greetings
}

/** Tells how it goes; a warning when something was late or given up since the last time. */
function reporter(logger: Logger, state: () => SimulationState): () => void {
  let trouble = 0
  return () => {
    const now = state()
    const before = trouble
    trouble = now.lateMessages + now.givenUpMessages
    if (trouble > before) logger.warn(now, 'simulator.behind')
    else logger.info(now, 'simulator.progress')
  }
}
