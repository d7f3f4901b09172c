import {
  checkStore,
  openEvents,
  openLog,
  openRecords,
  openStore,
  openStorePart,
  shareStore,
} from '@quartier/contracts/engines'
import { type RunningService, runService, type ServiceBase } from '@quartier/contracts/runtime'
import { type IngestConfig, ingestConfig } from './config.ts'
import { start, startShared } from './ingest.ts'
import { limitMetrics } from './metrics.ts'

await runService('ingest', ingestConfig, (config, base) => {
  limitMetrics(base.metrics, config)
  return base.engines.store.engine === 'embedded' ? openAlone(config, base) : openShared(config, base)
})

/** Owns the store of this machine, and lets the other services at it. */
async function openAlone(config: IngestConfig, base: ServiceBase): Promise<RunningService> {
  const { engines } = base
  const place = { ...base, dataDir: config.dataDir }
  const store = await openStore(place, settingsOf(config))
  const log = await openLog(engines, place, { diskBudgetBytes: config.logBudgetBytes })
  const events = await openEvents(engines, place, eventRetention(config))
  const ingest = await start({ ...base, log, store, events }, config)
  const shared = await shareStore(engines, place, store)
  return {
    async stop() {
      await ingest.stop()
      await shared.close()
      await log.close()
      await store.close()
      await events.close()
    },
  }
}

/** One of any number of ingesters that write a store on servers. */
async function openShared(config: IngestConfig, base: ServiceBase): Promise<RunningService> {
  const { engines } = base
  const place = { ...base, dataDir: config.dataDir }
  await checkStore(engines) // what is wrong with it is said at the start, not when a partition is taken
  const records = await openRecords(engines, place)
  const log = await openLog(engines, place, { diskBudgetBytes: config.logBudgetBytes })
  const events = await openEvents(engines, place, eventRetention(config))
  const openPart = (partition: number) => openStorePart(engines, place, settingsOf(config), partition)
  const ingest = await startShared({ ...base, log, records, events, openPart }, config)
  return {
    async stop() {
      await ingest.stop()
      await log.close()
      await records.close()
      await events.close()
    },
  }
}

function eventRetention(config: IngestConfig) {
  const { eventRetentionMs: eventsMs, personalEventRetentionMs: personalMs, eventBudgetBytes: bytes } = config
  return { eventsMs, personalMs, bytes }
}

function settingsOf(config: IngestConfig) {
  const { rawRetentionMs: rawMs, minuteRetentionMs: minuteMs, hourRetentionMs: hourMs } = config
  return {
    hotRows: config.hotRows,
    flushEveryMs: config.flushMs,
    retention: { rawMs, minuteMs, hourMs },
    diskBudgetBytes: config.storeBudgetBytes,
  }
}
