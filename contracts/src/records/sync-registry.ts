import type { Batch, EventLog } from '../event-log/port.ts'
import { type Logger, silentLogger } from '../runtime/logger.ts'
import type { SeriesDefinition } from '../schemas/registry.ts'
import { SERIES } from '../topics.ts'
import { announceSeries, FROM_REGISTRY } from './announce.ts'
import { readDefinition } from './follow-series.ts'
import type { RegistryStore } from './port.ts'

/**
 * Brings what others defined in the log into the registry, so that people see it: what a gateway provisioned or
 * quarantined, and, when the records database is new, everything. Where people have decided already (active, retired)
 * their word stands, and the log is told again. Ends quietly with the signal.
 */
export async function syncRegistry(
  log: EventLog,
  registry: RegistryStore,
  signal: AbortSignal,
  logger: Logger = silentLogger,
): Promise<void> {
  const empty = (await registry.counts()).series === 0
  const from = empty ? 'earliest' : 'committed'
  for await (const batch of log.consume(SERIES, 'registry', { signal, from })) {
    await takeOver(log, registry, foreign(batch, empty), logger)
    await batch.commit()
  }
}

async function takeOver(log: EventLog, registry: RegistryStore, found: readonly SeriesDefinition[], logger: Logger) {
  if (found.length === 0) return
  const known = await registry.seriesByKeys(found.map((d) => d.key))
  const decided = (d: SeriesDefinition) => ['active', 'retired'].includes(known.get(d.key)?.status ?? '')
  const refused = await registry.putSeries(
    found.filter((d) => !decided(d)),
    { fromLog: true },
  )
  for (const { key, reason } of refused) logger.warn({ key, reason }, 'registry.refused')
  for (const d of found.filter(decided)) await insist(log, known.get(d.key)!)
}

/** Tells the log what people decided, unless a later record says so already. */
async function insist(log: EventLog, decided: SeriesDefinition): Promise<void> {
  const latest = await log.latest(SERIES, decided.key)
  const said = latest && readDefinition(latest)
  if (said?.status !== decided.status) await announceSeries(log, [decided], undefined, FROM_REGISTRY)
}

/** The latest definition of each key in the batch; what the registry said itself only when it has forgotten. */
function foreign(batch: Batch, forgotten: boolean): SeriesDefinition[] {
  const latest = new Map<string, SeriesDefinition>()
  for (const record of batch.records) {
    if (!forgotten && record.headers.from === FROM_REGISTRY.from) continue
    const definition = readDefinition(record)
    if (definition) latest.set(definition.key, definition)
  }
  return [...latest.values()]
}
