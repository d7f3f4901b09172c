import { SqliteSessions } from './sessions.ts'
import type { SessionOptions, Sessions } from './types.ts'

export { DEFAULT_LIMITS } from './limits.ts'
export type { SessionClient, SessionLimits, SessionOptions, SessionStats, Sessions, StoredPacket } from './types.ts'

/**
 * Opens the sessions kept in `path` (made when missing) with all that was there; hand the result to aedes as its persistence.
 * @throws QuartierError SESSIONS_IN_USE when another process has the file, SESSIONS_VERSION when a newer release wrote it
 */
export const openSessions = (options: SessionOptions): Sessions => new SqliteSessions(options)
