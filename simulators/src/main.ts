import { runService } from '@quartier/contracts/runtime'
import { simulatorsConfig } from './config.ts'
import { start } from './simulate.ts'

await runService('simulators', simulatorsConfig, (config, base) => start(base, config))
