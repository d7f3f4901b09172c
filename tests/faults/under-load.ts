import { timeAcknowledgements } from './acknowledgement-times.ts'
import type { FaultOptions } from './fault.ts'
import { Findings } from './findings.ts'
import { publishSteadily } from './support.ts'
import type { Trial, TrialOptions } from './trial.ts'

export interface Load {
  /** Readings per second of all devices together. */
  readonly rate: number
  readonly devices: number
  /** By how much a service may grow, bytes. */
  readonly memory: number
  readonly trial?: TrialOptions
}

export interface Running {
  readonly trial: Trial
  readonly findings: Findings
  /** Acknowledged so far, by all devices. */
  acknowledged(): number
  /** Notes how long acknowledgements took since the last note. */
  noteTimes(when: string): void
}

/**
 * Devices publish at a steady rate while `work` does its worst; then everything must be acknowledged, stored once,
 * balanced in the ledger, and no service may have ended or grown.
 */
export async function underLoad(
  { open, say }: Pick<FaultOptions, 'open' | 'say'>,
  load: Load,
  work: (running: Running) => Promise<void>,
): Promise<Findings> {
  const findings = new Findings()
  const trial = await open(load.trial)
  try {
    for (let d = 0; d < load.devices; d++) trial.device(`d${d}`)
    const steady = publishSteadily([...trial.devices], load.rate)
    const times = timeAcknowledgements(trial)
    await work({
      ...{ trial, findings },
      acknowledged: () => trial.devices.reduce((sum, d) => sum + d.acknowledged(), 0),
      noteTimes(when) {
        findings.note(`acknowledgements ${when}: ${times.take()}`)
        say(findings.facts.at(-1) as string)
      },
    })
    steady.stop()
    times.stop()
    const drainedAt = Date.now()
    await trial.acknowledged()
    findings.note(`everything acknowledged ${Date.now() - drainedAt} ms after the last reading was sent`)
    await trial.settle(findings)
    findings.note(`stored and balanced ${Math.round((Date.now() - drainedAt) / 1_000)} s after it`)
    trial.memory.report(findings, load.memory)
    return findings
  } finally {
    await trial.close()
  }
}
