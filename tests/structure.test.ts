import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Which packages a package may import. Services meet only in the log; the CLI and the tests wire them together. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  gateway: ['contracts'],
  ingest: ['contracts'],
  'command-center/server': ['contracts'],
  'command-center/web': ['contracts'],
  simulators: ['contracts'],
  'gateway/opcua': ['contracts'],
  'infra/cli': ['contracts', 'gateway', 'ingest', 'command-center/server', 'simulators', 'tests'],
}
const PACKAGE_OF: Readonly<Record<string, string>> = {
  '@quartier/contracts': 'contracts',
  '@quartier/gateway': 'gateway',
  '@quartier/ingest': 'ingest',
  '@quartier/server': 'command-center/server',
  '@quartier/web': 'command-center/web',
  '@quartier/simulators': 'simulators',
  '@quartier/tests': 'tests',
}

function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|bench)\.tsx?$|(^|\/)testing\//.test(file))
    .map((file) => join(root, folder, 'src', file))
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((m) => m[1] as string)
}

/** The package that an import reaches, when it leaves its own. */
function reaches(file: string, specifier: string, home: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = relative(root, resolve(dirname(file), specifier))
      .split(sep)
      .join('/')
    if (target.startsWith(`${home}/`)) return undefined
    return Object.keys(MAY_IMPORT).find((p) => target.startsWith(`${p}/`)) ?? target
  }
  const name = specifier.split('/').slice(0, 2).join('/')
  const target = PACKAGE_OF[name]
  return target === home ? undefined : target
}

describe('the structure', () => {
  for (const [home, allowed] of Object.entries(MAY_IMPORT))
    it(`${home} imports ${allowed.length === 0 ? 'no other package' : `nothing but ${allowed.join(', ')}`}`, () => {
      const wrong = sourcesOf(home).flatMap((file) =>
        importsOf(file)
          .map((specifier) => ({ specifier, target: reaches(file, specifier, home) }))
          .filter(({ target }) => target !== undefined && !allowed.includes(target))
          .map(({ specifier }) => `${relative(root, file)} imports ${specifier}`),
      )
      expect(wrong).toEqual([])
    })

  it('reads process.env only where a process begins', () => {
    const readers = Object.keys(MAY_IMPORT)
      .flatMap(sourcesOf)
      .filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file))
    const doors = ['contracts/src/runtime/run.ts', 'infra/cli/src/supervisor.ts', 'infra/cli/src/installation.ts']
    expect(readers.filter((f) => !doors.includes(f))).toEqual([])
  })

  it('keeps addresses of package registries out of the lock file', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "https?:/)
  })
})
