// A real InfluxDB 2 server for tests and trials: built from its released sources once, then started on loopback.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, endProcesses, freePort, isRunning, run, type Say, waitFor } from './cache.ts'

const VERSION = '2.7.12'
const MODULE = 'github.com/influxdata/influxdb/v2'
/** Finds the Flux library, which is Rust, for cgo: it stands in for the program of that name. */
const PKG_CONFIG = 'github.com/influxdata/pkg-config'
const PKG_CONFIG_VERSION = 'v0.2.14'

const ORG = 'quartier'
/** Made with the organisation; nothing of ours goes there. */
export const FIRST_BUCKET = 'setup'

export interface InfluxServer {
  readonly url: string
  readonly org: string
  /** May do everything on this server. */
  readonly token: string
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** Whether the binary of this version is there. */
export const isInstalled = (): boolean => existsSync(binary())

/** Builds `influxd` unless the cache has it: about 5 min on two cores. Needs Go, Rust, a C compiler and clang. */
export async function install(say: Say): Promise<void> {
  if (isInstalled()) return
  await needClang(say)
  say(`InfluxDB ${VERSION}: building it from source, once; this takes about 5 min`)
  const folder = cacheFolder(`influxdb-${VERSION}-build`)
  await writeShim(folder)
  const go = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    run('nice', ['-n', '15', 'go', ...args], { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod', ...env } })
  await go(['mod', 'tidy'])
  await go(['build', '-o', 'pkg-config', PKG_CONFIG])
  const wrapper = join(folder, 'rustc-wrap')
  writeFileSync(wrapper, RUSTC_WRAP)
  chmodSync(wrapper, 0o755)
  const env = {
    PKG_CONFIG: join(folder, 'pkg-config'),
    RUSTC_WRAPPER: wrapper,
    ...(await installedToolchain()),
  }
  const built = join(folder, 'influxd')
  await go(['build', '-tags', 'sqlite_foreign_keys,sqlite_json', '-o', built, `${MODULE}/cmd/influxd`], env)
  renameSync(built, binary())
  say(`InfluxDB ${VERSION}: built`)
}

/**
 * Starts one server on a free port of loopback and makes its organisation and token; data lies under `folder`.
 * A folder that was used before is opened again with the same token, on `port` when it is given.
 */
export async function start(options: { readonly folder: string; readonly port?: number }): Promise<InfluxServer> {
  const { folder, port = await freePort() } = options
  mkdirSync(folder, { recursive: true })
  const log = openSync(join(folder, 'influxd.log'), 'a')
  const args = [
    `--http-bind-address=127.0.0.1:${port}`,
    `--bolt-path=${join(folder, 'influxd.bolt')}`,
    `--sqlite-path=${join(folder, 'influxd.sqlite')}`,
    `--engine-path=${join(folder, 'engine')}`,
    '--reporting-disabled',
    '--log-level=warn',
  ]
  const child = spawn(binary(), args, { stdio: ['ignore', log, log], detached: true })
  child.unref()
  const pid = child.pid
  if (pid === undefined) throw new Error(`${binary()} could not be started`)
  const url = `http://127.0.0.1:${port}`
  await waitFor(`InfluxDB at ${url}`, 60_000, async () => {
    if (!isRunning(pid)) throw new Error(readFileSync(join(folder, 'influxd.log'), 'utf8').slice(-2000))
    return (await fetch(`${url}/health`)).ok
  })
  const token = await setUp(url, join(folder, 'token'))
  return { url, org: ORG, token, pids: [pid], stop: () => endProcesses([pid]) }
}

/** The first start makes organisation, bucket and token; later ones find the token in its file. */
async function setUp(url: string, tokenFile: string): Promise<string> {
  if (existsSync(tokenFile)) return readFileSync(tokenFile, 'utf8')
  const token = randomBytes(24).toString('hex')
  const body = {
    username: 'quartier',
    password: randomBytes(12).toString('hex'),
    org: ORG,
    bucket: FIRST_BUCKET,
    token,
  }
  const answer = await fetch(`${url}/api/v2/setup`, { method: 'POST', body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`InfluxDB could not be set up: ${answer.status} ${await answer.text()}`)
  writeFileSync(tokenFile, token, { mode: 0o600 })
  return token
}

const binary = (): string => join(cacheFolder('bin'), `influxd-${VERSION}`)

async function needClang(say: Say): Promise<void> {
  try {
    await run('clang', ['--version'])
  } catch {
    say('clang: installing it with apt')
    await run('apt-get', ['update'])
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'clang'])
  }
}

/** A module of its own that requires the server: only so do its replacements of other modules count. */
async function writeShim(folder: string): Promise<void> {
  const download = ['mod', 'download', '-json', `${MODULE}@v${VERSION}`]
  const { GoMod } = JSON.parse(await run('go', download, { cwd: folder })) as { GoMod: string }
  const theirs = readFileSync(GoMod, 'utf8').split('\n')
  const rest = theirs.filter((line) => !line.startsWith('module ') && !line.startsWith('toolchain '))
  const ours = [
    'module quartier.test/influxd',
    ...rest,
    `require ${MODULE} v${VERSION}`,
    `require ${PKG_CONFIG} ${PKG_CONFIG_VERSION}`,
  ]
  writeFileSync(join(folder, 'go.mod'), `${ours.join('\n')}\n`)
  const imports = [`${MODULE}/cmd/influxd`, PKG_CONFIG].map((name) => `import _ "${name}"\n`)
  writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage tools\n\n${imports.join('')}`)
}

/** Flux's sources name an older compiler: take the one that is here instead of fetching another. */
async function installedToolchain(): Promise<NodeJS.ProcessEnv> {
  try {
    const [name = ''] = (await run('rustup', ['show', 'active-toolchain'])).split(' ')
    return { RUSTUP_TOOLCHAIN: name }
  } catch {
    return {}
  }
}

/** Flux's Rust part denies warnings, and newer compilers warn of more. */
const RUSTC_WRAP = `#!/bin/sh
for argument in "$@"; do
  case "$argument" in --cap-lints*) exec "$@" ;; esac
done
exec "$@" --cap-lints warn
`
