import { join, resolve } from 'node:path'

/** Where the embedded engines of an installation keep what, below its data folder. */
export const foldersOf = (dataDir: string) => {
  const root = resolve(dataDir)
  return {
    root,
    log: join(root, 'log'),
    store: join(root, 'store'),
    events: join(root, 'store', 'events.db'),
    records: join(root, 'records.db'),
    sessions: join(root, 'gateway', 'sessions.db'),
    storeSocket: join(root, 'run', 'store.sock'),
    tls: join(root, 'tls'),
  }
}
