import { QuartierError } from '@quartier/contracts'
import type { Logger } from '@quartier/contracts/runtime'

export interface Step {
  readonly what: string
  readonly run: () => Promise<unknown>
}

const RETRY_FIRST_MS = 50
const RETRY_LAST_MS = 2_000

/** Repeats what may not be left out until it succeeds, and says once that it is refused and once that it is not. */
export class Insistence {
  /** The last attempt was refused. */
  stalled = false
  failures = 0
  isGivenUp = false
  readonly #logger: Logger
  readonly #name: string

  /** `name` begins what is logged: `log.refuses`. */
  constructor(logger: Logger, name: string) {
    this.#logger = logger
    this.#name = name
  }

  /** Resolves when the step has succeeded or was given up; rejects with an error that will not pass. */
  async run(step: Step): Promise<void> {
    for (let attempt = 0; !this.isGivenUp; attempt++) {
      try {
        await step.run()
        if (this.stalled) this.#logger.info({ attempt, what: step.what }, `${this.#name}.recovered`)
        this.stalled = false
        return
      } catch (error) {
        if (this.isGivenUp) return
        if (!(error instanceof QuartierError && error.retriable)) throw error
        this.failures++
        if (!this.stalled)
          this.#logger.error({ code: error.code, reason: error.message, what: step.what }, `${this.#name}.refuses`)
        this.stalled = true
        const capMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempt)
        await new Promise((again) => setTimeout(again, capMs * (0.5 + Math.random() / 2)))
      }
    }
  }
}
