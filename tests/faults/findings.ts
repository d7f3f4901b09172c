import type { Comparison } from './support.ts'

/** What a run saw, and which promises were not kept. */
export class Findings {
  readonly facts: string[] = []
  readonly broken: string[] = []
  /** Why it could not be run here. */
  skipped: string | undefined

  note(fact: string): void {
    this.facts.push(fact)
  }

  /** A promise in words, with what was seen; noted either way. */
  promise(kept: boolean, words: string): void {
    this.facts.push(words)
    if (!kept) this.broken.push(words)
  }

  compared(c: Comparison): void {
    const { acknowledged, stored, lost, wrong, surplus } = c
    this.promise(
      acknowledged > 0 && lost + wrong + surplus === 0,
      `acknowledged ${acknowledged}, stored ${stored}: lost ${lost}, wrong ${wrong}, surplus ${surplus}`,
    )
  }

  get held(): boolean {
    return this.broken.length === 0
  }
}

export function skipped(why: string): Findings {
  const findings = new Findings()
  findings.skipped = why
  return findings
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
