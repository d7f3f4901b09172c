import { isDeepStrictEqual } from 'node:util'
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
  const { next } = (await log.ranges(SERIES))[0] ?? { next: 0 }
  const forgotten = (await registry.counts()).series === 0 ? next : 0
  const from = forgotten > 0 ? 'earliest' : 'committed'
  for await (const batch of log.consume(SERIES, 'registry', { signal, from })) {
    await takeOver(log, registry, news(batch, forgotten), logger)
    await batch.commit()
  }
}

async function takeOver(log: EventLog, registry: RegistryStore, found: readonly SeriesDefinition[], logger: Logger) {
  if (found.length === 0) return
  const known = await registry.seriesByKeys(found.map((d) => d.key))
  const decided = (d: SeriesDefinition) => ['active', 'retired'].includes(known.get(d.key)?.status ?? '')
  const undecided = found.filter((d) => !decided(d))
  const refused = await registry.putSeries(undecided, { fromLog: true })
  for (const { key, reason } of refused) logger.warn({ key, reason }, 'registry.refused')
  for (const d of found.filter(decided)) await insist(log, known.get(d.key)!)
}

/** Tells the log what people decided, unless its latest word is that. */
async function insist(log: EventLog, decided: SeriesDefinition): Promise<void> {
  const latest = await log.latest(SERIES, decided.key)
  const said = latest && readDefinition(latest)
  if (!isDeepStrictEqual(said, decided)) await announceSeries(log, [decided], undefined, FROM_REGISTRY)
}

/** The latest definition of each key in the batch. What the registry said itself is news only before `forgotten`. */
function news(batch: Batch, forgotten: number): SeriesDefinition[] {
  const latest = new Map<string, SeriesDefinition>()
  for (const record of batch.records) {
    if (record.headers.from === FROM_REGISTRY.from && record.offset >= forgotten) continue
    const definition = readDefinition(record)
    if (definition) latest.set(definition.key, definition)
  }
  return [...latest.values()]
}
