import { openEventReader, openLog, openRecords, openStoreReader } from '@quartier/contracts/engines'
import { runService } from '@quartier/contracts/runtime'
import { serverConfig } from './config.ts'
import { start } from './server.ts'
import { storeLater } from './store-later.ts'

await runService('command-center', serverConfig, async (config, base) => {
  const { engines } = base
  const place = { ...base, dataDir: config.dataDir }
  const log = await openLog(engines, place)
  const records = await openRecords(engines, place)
  const store = storeLater(() => openStoreReader(engines, place, { waitMs: 0 }))
  const events = await openEventReader(engines, place)
  const server = await start({ ...base, log, records, store, events }, config)
  return {
    info: server.info,
    async stop() {
      await server.stop()
      await Promise.allSettled([store.close(), events.close(), log.close(), records.close()])
    },
  }
})
