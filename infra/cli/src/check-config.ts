import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import { loadConfig } from '@quartier/contracts/runtime'
import { gatewayConfigSchema } from '@quartier/gateway/config'
import { ingestConfig } from '@quartier/ingest/config'
import { serverConfig } from '@quartier/server/config'
import { simulatorsConfig } from '@quartier/simulators/config'

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
  const sections = Object.keys(readSections(file))
  const mistakes = sections
    .filter((section) => !(section in SCHEMAS))
    .map((section) => `  ${section}: there is no such service; there are ${Object.keys(SCHEMAS).join(', ')}`)
  for (const [service, schema] of Object.entries(SCHEMAS)) {
    try {
      loadConfig(schema, { service, file })
    } catch (error) {
      mistakes.push(...(error as Error).message.split('\n').slice(1))
    }
  }
  if (mistakes.length > 0)
    throw new QuartierError(
      'CONFIG_INVALID',
      `The configuration file ${resolve(file)} has mistakes:\n${mistakes.join('\n')}`,
    )
}

function readSections(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object
  } catch (cause) {
    throw new QuartierError(
      'CONFIG_INVALID',
      `read the configuration file ${resolve(file)}: ${(cause as Error).message}`,
      { cause },
    )
  }
}
