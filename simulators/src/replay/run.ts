import { setTimeout as pause } from 'node:timers/promises'
import { QuartierError } from '@quartier/contracts'
import { type PackTable, packTable } from '@quartier/contracts/pack'
import { type Clock, wallClock } from '@quartier/contracts/runtime'
import { encodeTable } from '../formats/encode.ts'
import { type Credentials, openLink } from '../mqtt/link.ts'
import { hashOf } from '../random.ts'
import { createChecksum } from './checksum.ts'
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
const PROGRESS_EVERY_MS = 200

/**
 * Sends a plan over one MQTT connection, QoS 1, each step when its time has come, in order. Resolves when everything
 * is acknowledged, or when the signal stopped it and what was under way has come back.
 * @throws QuartierError REPLAY_REFUSED when no connection comes about, REPLAY_UNACKNOWLEDGED when acknowledgements stay away
 */
export async function runReplay(plan: ReplayPlan, options: RunOptions): Promise<ReplayReport> {
  const { clock = wallClock, signal, window = 64 } = options
  const checksum = createChecksum()
  const encode = options.single ? singles(plan) : packs(plan)
  let sent = 0
  let acknowledged = 0
  let trouble: Error | undefined
  let wake: (() => void) | undefined
  const link = openLink({
    url: options.url,
    clientId: `quartier-replay-${plan.source}-${process.pid}`.slice(0, 120),
    credentials: options.credentials,
    window,
    seed: hashOf(plan.source) ^ process.pid,
    onRoom: () => wake?.(),
    onTrouble: (error) => {
      trouble = error
    },
  })
  /** Resolves when `ready` holds; fails when nothing changed for `patience` ms. */
  const until = async (ready: () => boolean, patience: number, code: string) => {
    while (!ready() && !signal?.aborted) {
      const before = acknowledged
      const { promise, resolve } = Promise.withResolvers<boolean>()
      wake = () => resolve(true)
      const timer = setTimeout(resolve, patience, false)
      signal?.addEventListener('abort', wake, { once: true })
      const woken = await promise
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      if (!woken && acknowledged === before && !ready()) {
        const why = trouble ? `: ${trouble.message}` : ''
        throw new QuartierError(
          code,
          `replay to ${options.url}: ${acknowledged} of ${sent} readings acknowledged${why}`,
        )
      }
    }
  }
  try {
    await until(() => link.connected, options.connectWithinMs ?? 15_000, 'REPLAY_REFUSED')
    const startAt = clock.now()
    const began = performance.now()
    let progressAt = 0
    const progress = (dueAt: number, always = false) => {
      if (!options.onProgress || (!always && performance.now() - progressAt < PROGRESS_EVERY_MS)) return
      progressAt = performance.now()
      const behindMs = Math.max(0, (clock.now() - dueAt) / clock.speed)
      const etaMs = Math.max(0, (startAt + plan.durationMs - dueAt) / clock.speed) + behindMs
      options.onProgress({ sent, acknowledged, total: plan.total, etaMs: always ? 0 : etaMs, behindMs })
    }
    for (const step of plan.steps()) {
      const dueAt = startAt + (step.at - plan.fromAt) / plan.speed
      await waitUntil(clock, dueAt, signal, () => progress(clock.now()))
      for (const message of encode(step, plan.measuredAt(step.at, startAt))) {
        if (!link.hasRoom()) await until(() => link.hasRoom(), PATIENCE_MS, 'REPLAY_UNACKNOWLEDGED')
        if (signal?.aborted) break
        sent += message.rows.length
        link.send(message.mqttTopic, message.bytes, () => {
          acknowledged += message.rows.length
          for (const row of message.rows) {
            checksum.add(plan.ids[step.series[row]!]!, plan.measuredAt(step.at, startAt), step.values[row]!)
          }
        })
      }
      if (signal?.aborted) break
      progress(dueAt)
    }
    if (!signal?.aborted) await until(() => link.underWay === 0, PATIENCE_MS, 'REPLAY_UNACKNOWLEDGED')
    await link.close(signal?.aborted ? 2_000 : 0)
    progress(clock.now(), true)
    const durationMs = Math.round(performance.now() - began)
    const stopped = signal?.aborted ?? false
    return { startAt, sent, acknowledged, checksum: checksum.text(), durationMs, stopped }
  } finally {
    await link.close(0)
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

interface ReplayMessage {
  readonly mqttTopic: string
  readonly bytes: string | Uint8Array
  /** Rows of the step that it carries. */
  readonly rows: readonly number[]
}

type EncodeStep = (step: ReplayStep, measuredAt: number) => Iterable<ReplayMessage>

/** Rows of one pack at most. */
const PACK_ROWS = 1_000

/** One pack for every thousand series; the names of a full step are encoded once. */
function packs(plan: ReplayPlan): EncodeStep {
  const mqttTopic = `pack/${plan.source}/replay`
  const tables = new Map<number, PackTable>()
  const tableOf = (part: number): PackTable => {
    const known = tables.get(part)
    if (known) return known
    const names = plan.model.series.slice(part * PACK_ROWS, (part + 1) * PACK_ROWS)
    const table = packTable(names.map((s) => ({ device: deviceOf(s.key), property: s.property })))
    tables.set(part, table)
    return table
  }
  return function* (step, measuredAt) {
    const parts = Map.groupBy(step.series.keys(), (row) => Math.floor(step.series[row]! / PACK_ROWS))
    for (const [part, rows] of parts) {
      const table = tableOf(part)
      const values = new Float64Array(table.count).fill(Number.NaN)
      for (const row of rows) values[step.series[row]! - part * PACK_ROWS] = step.values[row]!
      const bytes = encodeTable(table, measuredAt, values)
      if (bytes) yield { mqttTopic, bytes, rows }
    }
  }
}

function singles(plan: ReplayPlan): EncodeStep {
  const topics = plan.model.series.map((s) => `t/${plan.source}/d/${deviceOf(s.key)}/${s.property}`)
  return function* (step, measuredAt) {
    for (const [row, series] of step.series.entries()) {
      const bytes = `{"ts":${measuredAt},"value":${step.values[row]}}`
      yield { mqttTopic: topics[series]!, bytes, rows: [row] }
    }
  }
}

/** The key without its first and last part. */
const deviceOf = (key: string): string => key.slice(key.indexOf('/') + 1, key.lastIndexOf('/'))
