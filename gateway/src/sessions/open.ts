import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type EngineBase, type EnginesConfig, foldersOf, postgresAddress } from '@quartier/contracts/engines'
import type { Relay } from '../broker/relay.ts'
import type { SessionLimits, Sessions } from './types.ts'

/** What the gateways of an installation share with one another; the gateway closes both. */
export interface Sharing {
  readonly sessions: Sessions
  /** There where several gateways may run. */
  readonly relay?: Relay
}

/**
 * The sessions of MQTT where the records are: in a file of this machine's one gateway, or in PostgreSQL, where any
 * number of gateways shares them and passes messages on.
 * @throws QuartierError SESSIONS_IN_USE, SESSIONS_VERSION, RECORDS_UNAVAILABLE
 */
export async function openSharing(
  engines: Pick<EnginesConfig, 'records'>,
  { dataDir, clock }: EngineBase,
  limits: Partial<SessionLimits>,
): Promise<Sharing> {
  const address = postgresAddress(engines)
  if (!address) {
    const { openSessions } = await import('./index.ts')
    const path = foldersOf(dataDir).sessions
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return { sessions: openSessions({ path, limits, clock }) }
  }
  const { openPostgresSessions } = await import('./postgres.ts')
  const { openPostgresRelay } = await import('./postgres/relay.ts')
  const sessions = await openPostgresSessions({ ...address, limits, clock })
  try {
    return { sessions, relay: await openPostgresRelay(address) }
  } catch (error) {
    await sessions.destroy()
    throw error
  }
}
