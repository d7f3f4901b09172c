/**
 * Writes the README's configuration table from the schemas: `node infra/cli/src/config-table.ts`.
 * A test holds the README against it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ENGINES_PREFIX, ENGINES_SECTION, enginesConfig } from '@quartier/contracts/engines'
import { type ConfigField, envName, fieldsOf } from '@quartier/contracts/runtime'
import { SCHEMAS } from './check-config.ts'

const README = fileURLToPath(new URL('../../../README.md', import.meta.url))
const BEGIN = '<!-- configuration table: generated, see infra/cli/src/config-table.ts -->'
const END = '<!-- end of the configuration table -->'

/** The table as Markdown: the engines, then the rows of each service. */
export function configTable(): string {
  const engines = fieldsOf(enginesConfig).map((field) => row(ENGINES_SECTION, ENGINES_PREFIX, field))
  const services = Object.entries(SCHEMAS).flatMap(([service, schema]) =>
    // The clock is set by `up` alone.
    fieldsOf(schema)
      .filter((field) => field.path[0] !== 'clock')
      .map((field) => row(service, service, field)),
  )
  const rows = [...engines, ...services]
  return ['| setting | environment variable | default | what it is |', '|---|---|---|---|', ...rows].join('\n')
}

/** The README with its table replaced. */
export function withTable(readme: string): string {
  const from = readme.indexOf(BEGIN)
  const to = readme.indexOf(END)
  if (from < 0 || to < from) throw new Error('the README has no place for the configuration table')
  return `${readme.slice(0, from + BEGIN.length)}\n${configTable()}\n${readme.slice(to)}`
}

function row(section: string, prefix: string, field: ConfigField): string {
  const path = `${section}.${field.path.join('.')}`
  const variable = envName(prefix, field.path)
  const value = field.defaultValue === undefined ? 'required' : `\`${JSON.stringify(field.defaultValue)}\``
  return `| \`${path}\` | \`${variable}\` | ${value} | ${field.description.replaceAll('|', '\\|')} |`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(README, withTable(readFileSync(README, 'utf8')))
