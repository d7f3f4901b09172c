import type { Registry } from 'prom-client'
import type { EventLog } from '../event-log/port.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

/** What every service is handed. A service opens nothing of its own that is not in here or in its configuration. */
export interface ServiceDeps {
  readonly log: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Registry
}

/** A running service. `stop` drains what was accepted, then releases everything; it may be called twice. */
export interface ServiceHandle {
  stop(): Promise<void>
}
