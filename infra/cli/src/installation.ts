import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { QuartierError } from '@quartier/contracts'
import { createAudit } from '@quartier/contracts/audit'
import {
  type EnginesConfig,
  foldersOf,
  loadEngines,
  openEventReader,
  openLog,
  openRecords,
  openStoreReader,
} from '@quartier/contracts/engines'
import type { EventLog } from '@quartier/contracts/event-log'
import type { EventReader } from '@quartier/contracts/event-store'
import type { Records } from '@quartier/contracts/records'
import { wallClock } from '@quartier/contracts/runtime'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'

export { foldersOf as paths } from '@quartier/contracts/engines'

/** Where an installation is: its data folder, and the file that says which engines it has. */
export interface Installation {
  readonly data: string
  readonly config?: string
  /** Over the section `engines` of the file; for tests and benchmarks. */
  readonly engines?: object
}

/** @throws QuartierError CONFIG_INVALID */
export const enginesOf = ({ config, engines }: Installation): EnginesConfig =>
  loadEngines({ file: config, env: process.env, overrides: engines })

export async function withLog<T>(at: Installation, work: (log: EventLog) => Promise<T>): Promise<T> {
  const log = await openLog(enginesOf(at), { dataDir: at.data })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

export async function withRecords<T>(at: Installation, work: (records: Records) => Promise<T>): Promise<T> {
  const records = await openRecords(enginesOf(at), { dataDir: at.data })
  try {
    return await work(records)
  } finally {
    await records.close()
  }
}

export async function withEvents<T>(at: Installation, work: (events: EventReader) => Promise<T>): Promise<T> {
  const events = await openEventReader(enginesOf(at), { dataDir: at.data })
  try {
    return await work(events)
  } finally {
    await events.close()
  }
}

/** The store of the running platform, or, when it is embedded and none runs, the files themselves. */
export async function withStore<T>(at: Installation, work: (store: TelemetryStore) => Promise<T>): Promise<T> {
  const store = await openStore(at)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Appends what a command of this program did to the audit chain, under the name of whoever is signed in to the machine. */
export async function recordInAudit(
  at: Installation,
  entry: { readonly action: string; readonly target: string; readonly after: object },
): Promise<void> {
  await withRecords(at, (records) =>
    withLog(at, (log) =>
      createAudit({ log, records, clock: wallClock }).record({
        ...entry,
        principal: `cli:${userInfo().username}`,
        result: 'done',
      }),
    ),
  )
}

async function openStore(at: Installation): Promise<TelemetryStore> {
  const engines = enginesOf(at)
  if (engines.store.engine !== 'embedded') return openStoreReader(engines, { dataDir: at.data })
  const { root, store: folder } = foldersOf(at.data)
  // A wrong folder is a mistake, not a new installation.
  if (!existsSync(root))
    throw new QuartierError(
      'USAGE',
      `There is no data folder ${root}. Start the platform first, or name another with --data.`,
    )
  const { openEmbeddedStore } = await import('@quartier/contracts/telemetry-store/embedded')
  try {
    return await openEmbeddedStore({ folder, clock: wallClock })
  } catch (error) {
    if ((error as { code?: string }).code !== 'STORE_LOCKED') throw error
    return await openStoreReader(engines, { dataDir: at.data })
  }
}
