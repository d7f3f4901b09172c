import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import { createAudit } from '@quartier/contracts/audit'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import type { Records } from '@quartier/contracts/records'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { wallClock } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'

/** Where an installation keeps what, below its data folder. */
export const paths = (dataDir: string) => {
  const root = resolve(dataDir)
  return {
    root,
    log: join(root, 'log'),
    store: join(root, 'store'),
    records: join(root, 'records.db'),
    storeSocket: join(root, 'run', 'store.sock'),
  }
}

function mustExist(dataDir: string): void {
  if (existsSync(paths(dataDir).root)) return
  throw new QuartierError(
    'USAGE',
    `There is no data folder ${paths(dataDir).root}. Start the platform first, or name another with --data.`,
  )
}

/** For commands that read an installation: a wrong folder is a mistake, not a new installation. */
export async function withLog<T>(dataDir: string, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openEmbeddedLog({ folder: paths(dataDir).log })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

export async function withRecords<T>(dataDir: string, work: (records: Records) => Promise<T>): Promise<T> {
  const records = await openSqliteRecords({ path: paths(dataDir).records })
  try {
    return await work(records)
  } finally {
    await records.close()
  }
}

/** The store of the running platform through its socket, or, when none runs, the files themselves. */
export async function withStore<T>(dataDir: string, work: (store: TelemetryStore) => Promise<T>): Promise<T> {
  mustExist(dataDir)
  const store = await openStore(dataDir)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Appends what a command of this program did to the audit chain, under the name of whoever is signed in to the machine. */
export async function recordInAudit(
  dataDir: string,
  entry: { readonly action: string; readonly target: string; readonly after: object },
): Promise<void> {
  await withRecords(dataDir, (records) =>
    withLog(dataDir, (log) =>
      createAudit({ log, records, clock: wallClock }).record({
        ...entry,
        principal: `cli:${userInfo().username}`,
        result: 'done',
      }),
    ),
  )
}

async function openStore(dataDir: string): Promise<TelemetryStore> {
  try {
    return await openEmbeddedStore({ folder: paths(dataDir).store, clock: wallClock })
  } catch (error) {
    if ((error as { code?: string }).code !== 'STORE_LOCKED') throw error
    return await connectStore(paths(dataDir).storeSocket)
  }
}
