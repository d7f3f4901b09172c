import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { QuartierError } from '../errors.ts'

/**
 * The sections of a configuration file, by name: YAML when it ends in `.yaml` or `.yml`, JSON otherwise.
 * @throws QuartierError CONFIG_INVALID when it cannot be read, or holds something other than sections
 */
export function readConfigFile(file: string): Readonly<Record<string, object>> {
  let all: unknown
  try {
    all = parse(file, readFileSync(file, 'utf8')) ?? {}
  } catch (cause) {
    throw unreadable(file, (cause as Error).message.trimEnd(), cause)
  }
  if (!isMapping(all)) throw unreadable(file, 'it holds no sections')
  for (const [name, section] of Object.entries(all)) {
    if (section === null) all[name] = {}
    else if (!isMapping(section)) throw unreadable(file, `the section ${name} holds no settings`)
  }
  return all as Record<string, object>
}

function parse(file: string, text: string): unknown {
  if (!/\.ya?ml$/.test(file)) return JSON.parse(text)
  // Loaded when it is wanted: most services start without a file, and each is a process.
  const yaml = createRequire(import.meta.url)('yaml') as typeof import('yaml')
  return yaml.parse(text)
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unreadable = (file: string, why: string, cause?: unknown): QuartierError =>
  new QuartierError('CONFIG_INVALID', `read the configuration file ${resolve(file)}: ${why}`, { cause })
