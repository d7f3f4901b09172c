import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { runService } from '@quartier/contracts/runtime'
import { gatewayConfigSchema } from './config.ts'
import { start } from './gateway.ts'
import { openSessions } from './sessions/index.ts'

await runService('gateway', gatewayConfigSchema, async (config, base) => {
  const { clock, logger } = base
  const { dataDir, sessionExpiryMs } = config
  const log = await openEmbeddedLog({ folder: join(dataDir, 'log'), clock, logger })
  const records = await openSqliteRecords({ path: join(dataDir, 'records.db') })
  const folder = join(dataDir, 'gateway')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const sessions = openSessions({ path: join(folder, 'sessions.db'), limits: { expiryMs: sessionExpiryMs }, clock })
  const gateway = await start({ ...base, log, principals: records.principals, sessions }, config)
  return {
    info: gateway.info,
    async stop() {
      await gateway.stop()
      await records.close()
      await log.close()
    },
  }
})
