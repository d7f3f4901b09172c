import { join } from 'node:path'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { runService } from '@quartier/contracts/runtime'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import { serverConfig } from './config.ts'
import { start } from './server.ts'
import { storeLater } from './store-later.ts'

await runService('command-center', serverConfig, async (config, base) => {
  const log = await openEmbeddedLog({ folder: join(config.dataDir, 'log'), clock: base.clock, logger: base.logger })
  const records = await openSqliteRecords({ path: join(config.dataDir, 'records.db') })
  const store = storeLater(() => connectStore(join(config.dataDir, 'run', 'store.sock'), { waitMs: 0 }))
  const server = await start({ ...base, log, records, store }, config)
  return {
    info: server.info,
    async stop() {
      await server.stop()
      await Promise.allSettled([store.close(), log.close(), records.close()])
    },
  }
})
