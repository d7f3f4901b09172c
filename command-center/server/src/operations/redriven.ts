import { REDRIVES, type RedriveResult, redriveAnswerSchema } from '@quartier/contracts'
import type { LogRecord } from '@quartier/contracts/event-log'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { follow } from '../follow.ts'

const MOST = 100_000

type Redriven = RedriveResult & { readonly at: number; readonly by: string }

/** What became of dead letters that were taken in again, by offset: the newest time of each. */
export class RedrivenLetters {
  readonly #results = new Map<number, Redriven>()
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  of(offset: number): Redriven | undefined {
    return this.#results.get(offset)
  }

  /** Takes an answer that has just come, so that whoever asked sees it at once. */
  take(results: readonly RedriveResult[], by: string, at: number): void {
    for (const result of results) {
      this.#results.delete(result.offset)
      this.#results.set(result.offset, { ...result, at, by })
    }
    for (const offset of this.#results.keys()) {
      if (this.#results.size <= MOST) return
      this.#results.delete(offset)
    }
  }

  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return follow(this.#deps, REDRIVES, { from: 'earliest', signal }, (records) => {
      for (const record of records) this.#read(record)
    })
  }

  #read({ value }: LogRecord): void {
    try {
      const answer = redriveAnswerSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data
      if (answer) this.take(answer.results, answer.by, answer.at)
    } catch {
      // A request, or not ours: passed over.
    }
  }
}
