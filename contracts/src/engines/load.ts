import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { QuartierError } from '../errors.ts'
import { loadConfig } from '../runtime/config.ts'
import { type EnginesConfig, enginesConfig } from './config.ts'

export interface EnginesSources {
  /** The configuration file; relative files that it names are looked for beside it. */
  readonly file?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Wins over everything. */
  readonly overrides?: object
}

/** Section of the configuration file, and what its environment variables begin with: `QUARTIER_LOG_ENGINE`. */
export const ENGINES_SECTION = 'engines'
export const ENGINES_PREFIX = 'quartier'

/**
 * The engines of an installation. Files that it names have absolute paths, from the folder of the configuration file
 * or, without one, from the working folder.
 * @throws QuartierError CONFIG_INVALID with all mistakes, files that cannot be read among them
 */
export function loadEngines({ file, env, overrides }: EnginesSources): EnginesConfig {
  const sources = { service: ENGINES_SECTION, envPrefix: ENGINES_PREFIX, file, env, overrides }
  const mistakes: string[] = []
  const engines = withFiles(loadConfig(enginesConfig, sources), ENGINES_SECTION, (path, name) => {
    const place = resolve(file ? dirname(file) : '.', name)
    const wrong = readTrouble(place)
    if (wrong) mistakes.push(`  ${path}: ${wrong}`)
    return place
  })
  if (mistakes.length === 0) return engines
  throw new QuartierError('CONFIG_INVALID', `The configuration of engines has mistakes:\n${mistakes.join('\n')}`)
}

/** A copy in which every setting that names a file (`…File`) is what `change` makes of it. */
function withFiles<T>(value: T, path: string, change: (path: string, name: string) => string): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((inner, i) => withFiles(inner, `${path}.${i}`, change)) as T
  const entries = Object.entries(value).map(([name, inner]) => {
    const here = `${path}.${name}`
    const isFile = name.endsWith('File') && typeof inner === 'string'
    return [name, isFile ? change(here, inner) : withFiles(inner, here, change)]
  })
  return Object.freeze(Object.fromEntries(entries)) as T
}

function readTrouble(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`
  }
}
