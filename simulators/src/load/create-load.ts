import { type Logger, wallClock } from '@quartier/contracts/runtime'
import type { Format } from '../devices/kinds.ts'
import { createDistrict } from '../district/create-district.ts'
import { createFleet } from '../simulate/fleet.ts'
import { planMessages } from '../simulate/messages.ts'
import { noCounts, type SimulationCounts } from '../simulate/outbox.ts'
import { createSpeaker } from '../simulate/payloads.ts'
import { createSchedule } from '../simulate/schedule.ts'

export interface LoadOptions {
  readonly url: string
  readonly source: string
  readonly sensors: number
  readonly seed: number
  readonly intervalMs: number
  readonly connections: number
  readonly readingsPerMessage: number
  readonly format: Format
}

/** A district whose time runs as fast as what it sends is acknowledged: the ceiling of the simulator, or of who listens. */
export interface Load {
  connected(): Promise<void>
  /** Sends for so long, then waits until all is acknowledged. */
  sendFor(ms: number): Promise<void>
  counts(): Readonly<SimulationCounts>
  close(): Promise<void>
}

const WINDOW = 64
/** Messages that wait while as many are under way, so that no connection ever starves. */
const AHEAD = 2 * WINDOW
const SLICE_MS = 50

export function createLoad(options: LoadOptions, logger: Logger): Load {
  const { seed, sensors, intervalMs, source, connections } = options
  const model = createDistrict({ seed, sensors, intervalMs, source })
  const { messages, clientIds } = planMessages(model, connections, options)
  const counts = noCounts()
  const speaker = createSpeaker(model, messages, seed, (at) => at)
  const config = { url: options.url, name: '', secret: '', window: WINDOW, backlog: Number.POSITIVE_INFINITY, seed }
  const fleet = createFleet(clientIds, config, { logger, clock: wallClock, counts, speaker })
  const schedule = createSchedule(messages.map((m) => m.intervalMs))
  let at = wallClock.now()
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    connected: async () => {
      while (fleet.connected < connections) {
        fleet.grow()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    sendFor: async (ms) => {
      const end = performance.now() + ms
      while (performance.now() < end) {
        while (fleet.waiting < AHEAD * connections) {
          schedule.due(at, at + SLICE_MS, (message, dueAt) => fleet.put(messages[message]!.connection, message, dueAt))
          at += SLICE_MS
        }
        fleet.pump()
        await turn()
      }
      while (fleet.waiting > 0 || counts.acknowledgedMessages < counts.sentMessages) {
        fleet.pump()
        await turn()
      }
    },
    counts: () => counts,
    close: () => fleet.close(),
  }
}
