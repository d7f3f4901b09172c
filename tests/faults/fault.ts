import type { Findings } from './findings.ts'
import type { OpenTrial } from './trial.ts'

/** Something bad that is done to a running platform, and what must hold meanwhile and afterwards. */
export interface Fault {
  /** For `--only`. */
  readonly name: string
  title(options: Pick<FaultOptions, 'quick'>): string
  run(options: FaultOptions): Promise<Findings>
}

export interface FaultOptions {
  /** The short form: seconds in place of minutes. */
  readonly quick: boolean
  readonly seed: number
  /** Starts a platform to do it to. */
  readonly open: OpenTrial
  /** Tells one line while the fault is on. */
  readonly say: (line: string) => void
}
