import { DatabaseSync } from 'node:sqlite'
import { QuartierError } from '../errors.ts'
import { translated, whenFree } from './node-sqlite.ts'

/** Runs work while no other process of the installation runs work under the same name. */
export type Lock = <T>(name: string, work: () => Promise<T>) => Promise<T>

/**
 * Locks as SQLite files beside the records database: held by the operating system, so that they end with the process
 * that held them, and apart from the data, so that nobody else's writing waits.
 * Waits up to a minute. @throws QuartierError RECORDS_UNAVAILABLE
 */
export function fileLocks(recordsPath: string): { lock: Lock; close(): void } {
  const files = new Map<string, DatabaseSync>()
  const tails = new Map<string, Promise<unknown>>()

  let closed = false
  const open = (name: string): DatabaseSync => {
    if (closed) throw new QuartierError('RECORDS_CLOSED', `take the lock ${name}: the records database is closed`)
    const known = files.get(name)
    if (known) return known
    const file = new DatabaseSync(`${recordsPath}-${name}.lock`, { timeout: 1 })
    files.set(name, file)
    return file
  }

  const exclusively = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const file = open(name)
    await whenFree(() => translated(`take the lock ${name}`, () => file.exec('begin exclusive')), 60_000)
    try {
      return await work()
    } finally {
      if (file.isOpen) file.exec('rollback')
    }
  }

  return {
    lock: (name, work) => {
      const turn = (tails.get(name) ?? Promise.resolve()).then(() => exclusively(name, work))
      tails.set(
        name,
        turn.catch(() => {}),
      )
      return turn
    },
    close: () => {
      closed = true
      for (const file of files.values()) if (file.isOpen) file.close()
    },
  }
}
