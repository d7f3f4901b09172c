import { setTimeout as pause } from 'node:timers/promises'
import { QuartierError } from '@quartier/contracts'
import { type Clock, wallClock } from '@quartier/contracts/runtime'
import { type Credentials, openLink } from '../mqtt/link.ts'
import { createWaiter } from '../mqtt/waiter.ts'
import { hashOf } from '../random.ts'
import { createChecksum } from './checksum.ts'
import { packs, type ReplayMessage, singles } from './payloads.ts'
import type { ReplayPlan, ReplayStep } from './plan.ts'

export interface ReplayProgress {
  readonly sent: number
  readonly acknowledged: number
  readonly total: number
  /** Time that is left when all goes on as planned, real ms. */
  readonly etaMs: number
  /** How far sending lies behind the plan, real ms. */
  readonly behindMs: number
}

export interface RunOptions {
  /** Such as `mqtt://127.0.0.1:1883`. */
  readonly url: string
  readonly credentials?: Credentials
  /** One message a reading, plain JSON, instead of packs. */
  readonly single?: boolean
  /** Most messages under way. Default 64. */
  readonly window?: number
  /** Where "now" comes from: the platform clock. Default the wall clock. */
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /** The gateway is given so long to take the first connection, ms. Default 15,000. */
  readonly connectWithinMs?: number
  /** Called a few times a second, and once at the end. */
  onProgress?(progress: ReplayProgress): void
}

export interface ReplayReport {
  /** Begin of the replay on the platform clock; the time axis of rebased readings hangs on it. */
  readonly startAt: number
  readonly sent: number
  readonly acknowledged: number
  /** Order-independent checksum of everything acknowledged: series, instant and value. */
  readonly checksum: string
  readonly durationMs: number
  /** Stopped by the signal before the end. */
  readonly stopped: boolean
}

/** Without any acknowledgement for so long the replay gives up, ms. */
const PATIENCE_MS = 30_000
const CONNECT_WITHIN_MS = 15_000
const PROGRESS_EVERY_MS = 200
/** What is under way gets so long when a signal stops the replay, ms. */
const GRACE_MS = 2_000

/**
 * Sends a plan over one MQTT connection, QoS 1, each step when its time has come, in order. Resolves when everything
 * is acknowledged, or when the signal stopped it and what was under way has come back.
 * @throws QuartierError REPLAY_REFUSED when no connection comes about, REPLAY_UNACKNOWLEDGED when acknowledgements stay away
 */
export async function runReplay(plan: ReplayPlan, options: RunOptions): Promise<ReplayReport> {
  const { clock = wallClock, signal } = options
  const sender = createSender(plan, options)
  try {
    await sender.connected()
    const startAt = clock.now()
    const began = performance.now()
    const progress = createProgress(plan, startAt, clock, sender, options.onProgress)
    const encode = options.single ? singles(plan) : packs(plan)
    for (const step of plan.steps()) {
      const dueAt = startAt + (step.at - plan.fromAt) / plan.speed
      await waitUntil(clock, dueAt, signal, () => progress(clock.now()))
      const measuredAt = plan.measuredAt(step.at, startAt)
      for (const message of encode(step, measuredAt)) await sender.send(message, step, measuredAt)
      if (signal?.aborted) break
      progress(dueAt)
    }
    await sender.drain()
    progress(clock.now(), true)
    const durationMs = Math.round(performance.now() - began)
    return { startAt, ...sender.counts(), checksum: sender.checksum(), durationMs, stopped: signal?.aborted ?? false }
  } finally {
    await sender.close()
  }
}

interface Sender {
  connected(): Promise<void>
  /** Resolves when the message is on its way, which waits for room in the window; drops it once the signal has aborted. */
  send(message: ReplayMessage, step: ReplayStep, measuredAt: number): Promise<void>
  /** Resolves when everything is acknowledged, or the signal's grace is over. */
  drain(): Promise<void>
  counts(): { readonly sent: number; readonly acknowledged: number }
  /** Of everything acknowledged. */
  checksum(): string
  close(): Promise<void>
}

function createSender(
  plan: ReplayPlan,
  { url, credentials, window = 64, signal, connectWithinMs }: RunOptions,
): Sender {
  const checksum = createChecksum()
  const waiter = createWaiter()
  const seed = hashOf(plan.source) ^ process.pid
  let sent = 0
  let acknowledged = 0
  let trouble: Error | undefined
  const link = openLink({
    url,
    clientId: `quartier-replay-${plan.source}-${process.pid}`,
    credentials,
    window,
    seed,
    onRoom: waiter.wake,
    onTrouble: (error) => {
      trouble = error
      waiter.wake()
    },
  })
  const until = async (ready: () => boolean, patienceMs: number, code: string) => {
    const refused = () => !link.connected && isRefusal(trouble)
    if ((await waiter.until(() => ready() || refused(), patienceMs, signal)) && !refused()) return
    const why = trouble ? `: ${trouble.message}` : ''
    throw new QuartierError(code, `replay to ${url}: ${acknowledged} of ${sent} readings acknowledged${why}`)
  }
  return {
    connected: () => until(() => link.connected, connectWithinMs ?? CONNECT_WITHIN_MS, 'REPLAY_REFUSED'),
    send: async ({ mqttTopic, bytes, rows }, step, measuredAt) => {
      if (!link.hasRoom()) await until(() => link.hasRoom(), PATIENCE_MS, 'REPLAY_UNACKNOWLEDGED')
      if (signal?.aborted) return
      sent += rows.length
      link.send(mqttTopic, bytes, () => {
        acknowledged += rows.length
        for (const row of rows) checksum.add(plan.ids[step.series[row]!]!, measuredAt, step.values[row]!)
      })
    },
    drain: async () => {
      if (signal?.aborted) await link.close(GRACE_MS)
      else await until(() => link.underWay === 0, PATIENCE_MS, 'REPLAY_UNACKNOWLEDGED')
    },
    counts: () => ({ sent, acknowledged }),
    checksum: checksum.text,
    close: () => link.close(0),
  }
}

/** The gateway knows the name and secret and does not want them: trying again does not help [MQTT-3.2.2.3]. */
const isRefusal = (trouble: Error | undefined): boolean => [4, 5].includes((trouble as { code?: number })?.code ?? 0)

/** Tells how far it is, a few times a second at most; `dueAt` is the moment of the plan that has been reached. */
function createProgress(
  plan: ReplayPlan,
  startAt: number,
  clock: Clock,
  sender: Sender,
  tell: RunOptions['onProgress'],
): (dueAt: number, atEnd?: boolean) => void {
  let toldAt = 0
  return (dueAt, atEnd = false) => {
    if (!tell || (!atEnd && performance.now() - toldAt < PROGRESS_EVERY_MS)) return
    toldAt = performance.now()
    const behindMs = Math.max(0, (clock.now() - dueAt) / clock.speed)
    const leftMs = Math.max(0, (startAt + plan.durationMs - dueAt) / clock.speed)
    tell({ ...sender.counts(), total: plan.total, etaMs: atEnd ? 0 : leftMs + behindMs, behindMs })
  }
}

/** Waits for a moment of the clock in short pieces, so that progress shows and the signal is heard. */
async function waitUntil(clock: Clock, at: number, signal: AbortSignal | undefined, tick: () => void): Promise<void> {
  for (;;) {
    const leftMs = (at - clock.now()) / clock.speed
    if (leftMs <= 0 || signal?.aborted) return
    await pause(Math.min(leftMs, PROGRESS_EVERY_MS))
    if (leftMs > PROGRESS_EVERY_MS) tick()
  }
}
