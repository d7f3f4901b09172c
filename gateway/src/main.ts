import { openLog, openRecords } from '@quartier/contracts/engines'
import { runService } from '@quartier/contracts/runtime'
import { gatewayConfigSchema } from './config.ts'
import { start } from './gateway.ts'
import { openSharing } from './sessions/open.ts'

/** Each commit is a request to a broker, and each record of it costs whoever reads it more than its readings do. */
const KAFKA_COMMIT_INTERVAL_MS = 20

await runService('gateway', gatewayConfigSchema, async (config, base) => {
  const { engines } = base
  const place = { ...base, dataDir: config.dataDir }
  const log = await openLog(engines, place)
  const records = await openRecords(engines, place)
  const sharing = await openSharing(engines, place, { expiryMs: config.sessionExpiryMs })
  const commitIntervalMs = engines.log.engine === 'kafka' ? KAFKA_COMMIT_INTERVAL_MS : undefined
  const deps = {
    ...base,
    ...sharing,
    log,
    principals: records.principals,
    deviceLog: records.deviceLog,
    lease: sharing.relay ? records.lease : undefined,
    commitIntervalMs,
  }
  const gateway = await start(deps, config)
  return {
    info: gateway.info,
    async stop() {
      await gateway.stop()
      await records.close()
      await log.close()
    },
  }
})
