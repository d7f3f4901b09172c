import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '@quartier/contracts'

/**
 * Takes a data folder for one running platform. The operating system gives the lock back however the process ends.
 * @returns  a function that releases it
 * @throws   QuartierError DATA_IN_USE
 */
export function lockDataFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(join(dataDir, 'instance.lock'))
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    throw new QuartierError(
      'DATA_IN_USE',
      `Another Quartier is running on the data folder ${resolve(dataDir)}. Stop it first, or choose another folder with --data.`,
      { cause },
    )
  }
  return () => db.close()
}
