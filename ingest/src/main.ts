import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { type RunningService, runService, type ServiceBase } from '@quartier/contracts/runtime'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { serveStore } from '@quartier/contracts/telemetry-store/remote'
import { type IngestConfig, ingestConfig } from './config.ts'
import { start } from './ingest.ts'

await runService('ingest', ingestConfig, open)

/** Owns the store of this machine, and lets the other services at it over a local socket. */
async function open(config: IngestConfig, base: ServiceBase): Promise<RunningService> {
  const { dataDir, rawRetentionMs, minuteRetentionMs, hourRetentionMs } = config
  const { clock, logger } = base
  const store = await openEmbeddedStore({
    folder: join(dataDir, 'store'),
    clock,
    logger,
    hotRows: config.hotRows,
    flushEveryMs: config.flushMs,
    retention: { rawMs: rawRetentionMs, minuteMs: minuteRetentionMs, hourMs: hourRetentionMs },
    diskBudgetBytes: config.storeBudgetBytes,
  })
  const log = await openEmbeddedLog({
    folder: join(dataDir, 'log'),
    clock,
    logger,
    diskBudgetBytes: config.logBudgetBytes,
  })
  mkdirSync(join(dataDir, 'run'), { recursive: true, mode: 0o700 })
  const ingest = await start({ ...base, log, store }, config)
  const server = await serveStore(store, join(dataDir, 'run', 'store.sock'))
  return {
    async stop() {
      await ingest.stop()
      await server.close()
      await log.close()
      await store.close()
    },
  }
}
