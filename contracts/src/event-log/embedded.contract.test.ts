import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTRACT_TOPICS, eventLogContract } from './contract.ts'
import { openEmbeddedLog } from './embedded.ts'

for (const inline of [false, true])
  eventLogContract(`embedded${inline ? ', writing in the calling thread' : ''}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quartier-log-'))
    return {
      open: () => openEmbeddedLog({ folder, topics: CONTRACT_TOPICS, inline }),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    }
  })
