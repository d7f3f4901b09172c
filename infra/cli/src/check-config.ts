import { resolve } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import { ENGINES_SECTION } from '@quartier/contracts/engines'
import { loadConfig, readConfigFile } from '@quartier/contracts/runtime'
import { gatewayConfigSchema } from '@quartier/gateway/config'
import { ingestConfig } from '@quartier/ingest/config'
import { serverConfig } from '@quartier/server/config'
import { simulatorsConfig } from '@quartier/simulators/config'
import { enginesOf } from './installation.ts'

/** The configuration schema of every service. */
export const SCHEMAS = {
  'command-center': serverConfig,
  gateway: gatewayConfigSchema,
  ingest: ingestConfig,
  simulators: simulatorsConfig,
}

/**
 * Checks a configuration file as a whole before anything starts, so that all of its mistakes are told at once.
 * @throws QuartierError CONFIG_INVALID
 */
export function checkConfigFile(file: string): void {
  const sections = [ENGINES_SECTION, ...Object.keys(SCHEMAS)]
  const mistakes = Object.keys(readConfigFile(file))
    .filter((section) => !sections.includes(section))
    .map((section) => `  ${section}: there is no such section; there are ${sections.join(', ')}`)
  const check = (load: () => unknown) => {
    try {
      load()
    } catch (error) {
      mistakes.push(...(error as Error).message.split('\n').slice(1))
    }
  }
  check(() => enginesOf({ data: '', config: file }))
  for (const [service, schema] of Object.entries(SCHEMAS)) check(() => loadConfig(schema, { service, file }))
  if (mistakes.length > 0)
    throw new QuartierError(
      'CONFIG_INVALID',
      `The configuration file ${resolve(file)} has mistakes:\n${mistakes.join('\n')}`,
    )
}
