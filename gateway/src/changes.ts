import type { PrincipalStore } from '@quartier/contracts/records'
import type { Logger } from '@quartier/contracts/runtime'
import type { Hub } from './hub.ts'
import type { Principals } from './principals.ts'

export interface ChangeWatchDeps {
  readonly store: PrincipalStore
  readonly principals: Principals
  readonly hub: Pick<Hub, 'refresh'>
  readonly logger: Logger
  readonly everyMs: number
}

/**
 * Asks the records several times a second who was revoked or changed, wherever that was done, and looks at the
 * connections of these alone: whoever is revoked is out within a second, at every gateway of the installation.
 */
export class ChangeWatch {
  #revision = 0
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  readonly #deps: ChangeWatchDeps

  constructor(deps: ChangeWatchDeps) {
    this.#deps = deps
  }

  /** To be awaited before anybody is let in: what changes from here on is seen. */
  async open(): Promise<void> {
    this.#revision = (await this.#deps.store.changes()).revision
    this.#again()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#looking
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      const failed = (error: unknown) => this.#deps.logger.warn({ reason: String(error) }, 'changes.unread')
      this.#looking = this.#look()
        .catch(failed)
        .then(() => {
          if (this.#timer) this.#again()
        })
    }, this.#deps.everyMs)
  }

  async #look(): Promise<void> {
    const { store, principals, hub } = this.#deps
    const { names, revision } = await store.changes(this.#revision)
    if (names.length > 0) {
      const changed = names === 'all' ? names : new Set(names)
      principals.forget(changed)
      await hub.refresh(changed)
    }
    this.#revision = revision
  }
}
