import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { replicasOfTheLiveState } from './live-state/replicas.ts'

replicasOfTheLiveState('the embedded log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-replicas-log-'))
  const log = await openEmbeddedLog({ folder, maintainMs: 0 })
  return {
    log,
    async close() {
      await log.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})
