import { READINGS, topic } from '@quartier/contracts'
import type { EventStore } from '@quartier/contracts/event-store'
import type { ServiceDeps, ServiceHandle } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { type DivisionDeps, divide } from './division.ts'
import { type EventSettings, startEventLane } from './events/event-lane.ts'
import { WhereaboutsFollower } from './events/whereabouts.ts'
import { type IngestSettings, startLane } from './lane.ts'
import { ingestMetrics } from './metrics.ts'

export type { IngestSettings } from './lane.ts'

interface Fatal {
  /** Called with trouble that nobody understands (default: it is thrown, which ends the process). */
  readonly onFatal?: (error: unknown) => void
}

export interface IngestDeps extends ServiceDeps, Fatal {
  readonly store: TelemetryStore
  /** Where events go; without it they stay in the log. */
  readonly events?: EventStore | undefined
}

/** Takes in everything, as the only ingester. Resolves when it has found its place and every definition is known. */
export async function start(deps: IngestDeps, settings: IngestSettings & EventSettings): Promise<ServiceHandle> {
  const metrics = ingestMetrics(deps.metrics)
  const { onFatal = throwLater, events } = deps
  const partitions = Array.from({ length: topic(READINGS).partitions }, (_, partition) => partition)
  const whereabouts = new WhereaboutsFollower({ ...deps, onFatal })
  const onDefined = (key: string, assetId: string | null) => whereabouts.define(key, assetId)
  const lane = await startLane({ ...deps, metrics, partitions, onDefined, onFatal }, settings)
  if (!events) return { stop: () => lane.stop() }
  await whereabouts.start()
  const eventLane = await startEventLane({ ...deps, events, metrics, partitions, whereabouts, onFatal }, settings)
  return {
    async stop() {
      await Promise.all([lane.stop(), eventLane.stop()])
      await whereabouts.stop()
    },
  }
}

/**
 * Takes in its share of the partitions, which all ingesters of the installation divide among themselves; with one of them
 * that is everything. Resolves at once: which partitions are its own changes as ingesters come and go.
 */
export async function startShared(
  deps: Omit<DivisionDeps, 'whereabouts'> & Fatal,
  settings: IngestSettings & EventSettings,
): Promise<ServiceHandle> {
  const ended = new AbortController()
  const onFatal = deps.onFatal ?? throwLater
  const metrics = ingestMetrics(deps.metrics)
  const whereabouts = new WhereaboutsFollower({ ...deps, onFatal })
  const run = async () => {
    if (deps.events) await whereabouts.start()
    await divide({ ...deps, metrics, whereabouts }, settings, ended.signal)
  }
  const running = run().catch((error) => ended.signal.aborted || onFatal(error))
  return {
    async stop() {
      ended.abort()
      await whereabouts.stop()
      await running
    },
  }
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
