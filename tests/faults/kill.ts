import { setTimeout as wait } from 'node:timers/promises'
import type { ServiceName } from '../../infra/cli/src/services.ts'
import type { Fault } from './fault.ts'
import { Findings } from './findings.ts'
import { publishSteadily, seeded, until } from './support.ts'
import type { Trial } from './trial.ts'

export interface KillOptions {
  readonly kills: number
  /** Readings per second, all devices together. */
  readonly rate: number
  readonly devices: number
  /** What may be hit, one of these at a time. */
  readonly targets: readonly (readonly ServiceName[])[]
  /** After a kill readings are acknowledged and queries answered again within so long. */
  readonly backMs: number
}

export const ALL_TARGETS = [['gateway'], ['ingest'], ['gateway', 'ingest', 'command-center']] as const

/**
 * Kills services with SIGKILL at random moments under load, then holds the store against what was acknowledged: every
 * acknowledged reading must be there exactly once, with its value.
 */
export const killing = (options: KillOptions): Fault => ({
  name: 'kill',
  title: () =>
    `kill -9 of ${options.targets.map((t) => t.join(' + ')).join(', of ')}: ${options.kills} times at random moments under ${options.rate} readings/s`,
  async run({ seed, say, open }) {
    const findings = new Findings()
    const random = seeded(seed)
    const trial = await open()
    try {
      for (let d = 0; d < options.devices; d++) trial.device(`d${d}`)
      const load = publishSteadily(trial.devices, options.rate)
      await wait(2_000)
      const backMs: number[] = []
      for (let n = 1; n <= options.kills; n++) {
        await wait(300 + random() * 2_500)
        const target = options.targets[Math.floor(random() * options.targets.length)] as readonly ServiceName[]
        const killedAt = Date.now()
        for (const name of target) trial.kill(name)
        await liveAgain(trial)
        backMs.push(Date.now() - killedAt)
        say(`${n}. ${target.join(' + ')}: live again after ${backMs.at(-1)} ms`)
      }
      load.stop()
      await trial.acknowledged()
      await trial.settle(findings)
      const sorted = backMs.toSorted((a, b) => a - b)
      const longest = sorted.at(-1) ?? 0
      findings.promise(
        longest <= options.backMs,
        `live again: median ${sorted[sorted.length >> 1]} ms, longest ${longest} ms`,
      )
      return findings
    } finally {
      await trial.close()
    }
  },
})

/** Readings are acknowledged and queries answered. */
async function liveAgain({ devices, withStore }: Trial): Promise<void> {
  const before = devices.map((d) => d.acknowledged())
  await until('an acknowledgement', 30_000, () => devices.some((d, i) => d.acknowledged() > (before[i] as number)))
  await until('the store', 30_000, async () => {
    try {
      await withStore((store) => store.usage())
      return true
    } catch {
      return false
    }
  })
}
