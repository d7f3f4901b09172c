import { existsSync, statfsSync } from 'node:fs'
import { QuartierError } from '../../errors.ts'

const BUSY = 5
const LOCKED = 6
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26
/** Extended codes: the sync of a file, and of a folder. */
const IOERR_FSYNC = IOERR | (4 << 8)
const IOERR_DIR_FSYNC = IOERR | (5 << 8)
const LITTLE_SPACE = 1024 * 1024

export const closed = (): QuartierError => new QuartierError('LOG_CLOSED', 'use the event log: it is closed')

/** True when another process holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === BUSY || code === LOCKED
}

/** True when opening `path` failed because it does not exist; SQLite says the same when descriptors have run out. */
export const isGone = (error: unknown, path: string): boolean => sqliteCode(error) === CANTOPEN && !existsSync(path)

/** True when the system could not make written bytes durable. What it calls written afterwards may not be. */
export function isUnsynced(error: unknown): boolean {
  const code = (error as { errcode?: number } | null)?.errcode
  return code === IOERR_FSYNC || code === IOERR_DIR_FSYNC
}

/** The log's own error for trouble of SQLite or the file system while doing `what` in `folder`. */
export function translate(error: unknown, what: string, folder: string): QuartierError {
  if (error instanceof QuartierError) return error
  const code = sqliteCode(error)
  const system = (error as { code?: string } | null)?.code
  if (code === FULL || system === 'ENOSPC' || system === 'EDQUOT' || (code === IOERR && isFull(folder)))
    return new QuartierError('LOG_FULL', `${what}: no space is left`, { cause: error, retriable: true })
  if (code === CORRUPT || code === NOTADB)
    return new QuartierError('LOG_CORRUPT', `${what}: the file is damaged`, { cause: error })
  return new QuartierError('LOG_UNAVAILABLE', `${what}: ${String((error as Error)?.message ?? error)}`, {
    cause: error,
    retriable: true,
  })
}

function sqliteCode(error: unknown): number | undefined {
  const extended = (error as { errcode?: number } | null)?.errcode
  return typeof extended === 'number' ? extended & 0xff : undefined
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < LITTLE_SPACE
  } catch {
    return false
  }
}
