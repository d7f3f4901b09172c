import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeEventStore, RETENTION } from './contract.ts'
import { openEmbeddedEventStore } from './embedded.ts'

describeEventStore('embedded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-events-'))
  return {
    open: async (retention) =>
      openEmbeddedEventStore({
        path: join(folder, 'events.db'),
        retention: { ...RETENTION, ...retention },
        remembered: 100,
      }),
    remove: async () => rmSync(folder, { recursive: true }),
  }
})
