import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordsContract } from './contract.ts'
import { openSqliteRecords } from './sqlite.ts'

recordsContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-records-'))
  return {
    open: () => openSqliteRecords({ path: join(folder, 'records.db') }),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  }
})
