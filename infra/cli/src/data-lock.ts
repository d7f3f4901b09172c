import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '@quartier/contracts'

const LOOK_EVERY_MS = 1_000

const lockFile = (dataDir: string): string => join(dataDir, 'instance.lock')

/**
 * Takes a data folder for one running platform. The operating system gives the lock back however the process ends.
 * @returns  a function that releases it
 * @throws   QuartierError DATA_IN_USE
 */
export function lockDataFolder(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(lockFile(dataDir))
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

/**
 * Calls `onGone` once when the folder that was locked is no longer there: removed, or another one in its place. The
 * services would write on into files that nobody will ever find.
 * @returns  a function that ends the watch
 */
export function watchDataFolder(dataDir: string, onGone: () => void, everyMs = LOOK_EVERY_MS): () => void {
  const locked = inodeOf(dataDir)
  const timer = setInterval(() => {
    if (inodeOf(dataDir) === locked) return
    clearInterval(timer)
    onGone()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

const inodeOf = (dataDir: string): number | undefined => statSync(lockFile(dataDir), { throwIfNoEntry: false })?.ino
