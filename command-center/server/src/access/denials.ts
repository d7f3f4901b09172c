import type { AuditTrail } from '../operations/audit.ts'

const AGAIN_MS = 60_000
const REMEMBERED = 1000

/** Commands that people tried without being allowed to: audited, each once a minute at most, so that nobody fills the chain. */
export class Denials {
  readonly #audit: AuditTrail
  readonly #last = new Map<string, number>()

  constructor(audit: AuditTrail) {
    this.#audit = audit
  }

  async note(denial: { principal: string; action: string; from?: string; reason: string }): Promise<void> {
    const id = `${denial.principal} ${denial.action}`
    const now = performance.now()
    if (now - (this.#last.get(id) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return
    this.#last.delete(id)
    this.#last.set(id, now)
    if (this.#last.size > REMEMBERED) this.#last.delete(this.#last.keys().next().value as string)
    await this.#audit.record({ ...denial, target: denial.action, result: 'denied' })
  }
}
