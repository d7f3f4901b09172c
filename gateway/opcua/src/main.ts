import { runService } from '@quartier/contracts/runtime'
import { start } from './bridge.ts'
import { opcuaConfigSchema } from './config.ts'

await runService('opcua', opcuaConfigSchema, async (config, deps) => await start(deps, config))
