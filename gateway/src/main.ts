import { openLog, openRecords } from '@quartier/contracts/engines'
import { runService } from '@quartier/contracts/runtime'
import { gatewayConfigSchema } from './config.ts'
import { start } from './gateway.ts'
import { openSharing } from './sessions/open.ts'

await runService('gateway', gatewayConfigSchema, async (config, base) => {
  const { engines } = base
  const place = { ...base, dataDir: config.dataDir }
  const log = await openLog(engines, place)
  const records = await openRecords(engines, place)
  const sharing = await openSharing(engines, place, { expiryMs: config.sessionExpiryMs })
  const gateway = await start({ ...base, ...sharing, log, principals: records.principals }, config)
  return {
    info: gateway.info,
    async stop() {
      await gateway.stop()
      await records.close()
      await log.close()
    },
  }
})
