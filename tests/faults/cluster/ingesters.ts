import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Supervised, supervise } from '../../../infra/cli/src/supervisor.ts'
import type { Fault } from '../fault.ts'
import { seeded } from '../support.ts'
import { INGEST, type Trial } from '../trial.ts'
import { underLoad } from '../under-load.ts'
import { onEngines } from './engines.ts'

const MOST = 3
const RATE = 500
const GRACE_MS = 10_000
const stepsOf = (quick: boolean): number => (quick ? 6 : 60)

/** Further ingesters join the platform's own, leave in good order or are killed, so that partitions go round and round. */
export const ingesters: Fault = {
  name: 'ingesters',
  title: ({ quick }) =>
    `ingesters that come, leave and are killed, ${stepsOf(quick)} times in all, under ${RATE} readings/s`,
  run(options) {
    const { quick, seed } = options
    const random = seeded(seed)
    return onEngines({}, options, (_, here) =>
      underLoad(here, { devices: 50, memory: 400e6, rate: RATE }, async ({ trial, findings, noteTimes }) => {
        const folder = mkdtempSync(join(tmpdir(), 'quartier-ingesters-'))
        const present: Supervised[] = []
        const seen = { came: 0, left: 0, killed: 0 }
        try {
          for (let step = 0; step < stepsOf(quick); step++) {
            if (present.length === 0 || (present.length < MOST && random() < 0.4))
              present.push(await oneMore(trial, join(folder, `${seen.came++}`)))
            else {
              const one = present.splice(Math.floor(random() * present.length), 1)[0] as Supervised
              if (seen.killed > seen.left) seen.left++
              else {
                seen.killed++
                if (one.pid) process.kill(one.pid, 'SIGKILL')
              }
              await one.stop(GRACE_MS)
            }
            await wait(500 + random() * 2_500)
          }
          noteTimes('meanwhile')
          findings.note(`${seen.came} ingesters came, ${seen.left} left, ${seen.killed} were killed`)
        } finally {
          await Promise.all(present.map((one) => one.stop(GRACE_MS)))
          rmSync(folder, { recursive: true, force: true })
        }
      }),
    )
  },
}

function oneMore(trial: Trial, dataDir: string): Promise<Supervised> {
  const launch = { configFile: trial.config, overrides: { dataDir, logLevel: 'silent', ...INGEST } }
  return supervise('ingest', launch, { processes: true })
}
