import { READINGS, topic } from '@quartier/contracts'
import type { ServiceDeps, ServiceHandle } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { type DivisionDeps, divide } from './division.ts'
import { type IngestSettings, startLane } from './lane.ts'
import { ingestMetrics } from './metrics.ts'

export type { IngestSettings } from './lane.ts'

interface Fatal {
  /** Called with trouble that nobody understands (default: it is thrown, which ends the process). */
  readonly onFatal?: (error: unknown) => void
}

export interface IngestDeps extends ServiceDeps, Fatal {
  readonly store: TelemetryStore
}

/** Takes in everything, as the only ingester. Resolves when it has found its place and every definition is known. */
export async function start(deps: IngestDeps, settings: IngestSettings): Promise<ServiceHandle> {
  const metrics = ingestMetrics(deps.metrics)
  const partitions = Array.from({ length: topic(READINGS).partitions }, (_, partition) => partition)
  const lane = await startLane({ ...deps, metrics, partitions, onFatal: deps.onFatal ?? throwLater }, settings)
  return { stop: () => lane.stop() }
}

/**
 * Takes in its share of the partitions, which all ingesters of the installation divide among themselves; with one of them
 * that is everything. Resolves at once: which partitions are its own changes as ingesters come and go.
 */
export async function startShared(deps: DivisionDeps & Fatal, settings: IngestSettings): Promise<ServiceHandle> {
  const ended = new AbortController()
  const onFatal = deps.onFatal ?? throwLater
  const metrics = ingestMetrics(deps.metrics)
  const running = divide({ ...deps, metrics }, settings, ended.signal).catch(onFatal)
  return {
    async stop() {
      ended.abort()
      await running
    },
  }
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
