import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runService } from '@quartier/contracts/runtime'
import { simulatorsConfig } from './config.ts'
import { start } from './simulate.ts'
import { truthOf } from './world/truth.ts'

const DAY = 86_400_000

await runService('simulators', simulatorsConfig, async (config, base) => {
  const simulation = await start(base, config)
  const now = base.clock.now()
  const truth = truthOf(simulation.model, config.seed, config.world, now - 365 * DAY, now + 30 * DAY)
  writeFileSync(join(config.dataDir, 'simulator-truth.json'), `${JSON.stringify(truth)}\n`)
  return simulation
})
