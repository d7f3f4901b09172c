// PostgreSQL as an ordinary process on loopback, from Debian's packages.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { freePort, isRunning, run, type Say, waitFor } from './cache.ts'

/** PostgreSQL refuses to run as root; started by root it runs as this user. */
const USER = 'quartier-postgres'
const VERSIONS = '/usr/lib/postgresql'
const NAME = 'quartier'

export interface PostgresServer {
  /** `postgres://user:password@host:port/database`; the user owns the database and may do nothing else. */
  readonly url: string
  readonly version: string
  readonly pids: readonly number[]
  stop(): Promise<void>
  /** Kills the server without a word and starts it again on the same port, where it recovers. */
  crash(): Promise<void>
}

/** Makes sure that PostgreSQL and, for root, a user to run it as are there. */
export async function install(say: Say): Promise<void> {
  if (!programs()) {
    say("installing PostgreSQL from Debian's packages: apt-get install postgresql")
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-qq'], { env })
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], { env })
  }
  if (isRoot() && !(await account().catch(() => undefined))) {
    say(`making the user ${USER}, as whom PostgreSQL runs`)
    await run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', USER])
  }
}

/** Starts a server with its data under `folder`, which is made when it is missing. */
export async function start({ folder, port }: { folder: string; port?: number }): Promise<PostgresServer> {
  const place = join(folder, 'postgres')
  const data = join(place, 'data')
  const owner = isRoot() ? await account() : {}
  mkdirSync(place, { recursive: true })
  const password = secret(join(place, 'password'))
  const administrator = secret(join(place, 'administrator-password'))
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(data, administrator, owner)
  const at = port ?? (await freePort())
  let pid = await launch(place, data, at, owner)
  await prepare(at, administrator, password)
  const stop = () => end(pid, 'SIGINT')
  return {
    url: `postgres://${NAME}:${password}@127.0.0.1:${at}/${NAME}`,
    version: (await run(program('postgres'), ['--version'])).trim(),
    get pids() {
      return [pid]
    },
    stop,
    async crash() {
      await end(pid, 'SIGKILL')
      // A server refuses to start while the children of the one before have not noticed its end.
      pid = await waitFor('PostgreSQL to start after a crash', 30_000, () => launch(place, data, at, owner))
    },
  }
}

type Owner = { readonly uid?: number; readonly gid?: number }

async function initialise(data: string, password: string, owner: Owner): Promise<void> {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if (owner.uid !== undefined) {
    chownSync(data, owner.uid, owner.gid as number)
    for (const above of [dirname(data), dirname(dirname(data))]) chmodSync(above, 0o711)
  }
  const passwordFile = `${data}-password`
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (owner.uid !== undefined) chownSync(passwordFile, owner.uid, owner.gid as number)
  const options = ['--auth=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`, '--encoding=UTF8']
  await run(program('initdb'), ['-D', data, ...options, '--locale=C.UTF-8'], { ...owner, cwd: '/' })
  rmSync(passwordFile)
}

async function launch(place: string, data: string, port: number, owner: Owner): Promise<number> {
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', max_connections: 100 }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = openSync(join(place, 'server.log'), 'a')
  const server = spawn(program('postgres'), ['-D', data, ...flags], {
    ...owner,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  })
  server.unref()
  const pid = server.pid
  if (pid === undefined) throw new Error('PostgreSQL could not be started')
  await waitFor(`PostgreSQL on port ${port} (its log: ${join(place, 'server.log')})`, 60_000, async () => {
    if (!isRunning(pid)) throw new Error(readFileSync(join(place, 'server.log'), 'utf8').slice(-2000))
    await run(program('pg_isready'), ['-q', '-h', '127.0.0.1', '-p', `${port}`])
    return true
  })
  return pid
}

/** Makes the user and the database when they are missing. */
async function prepare(port: number, administrator: string, password: string): Promise<void> {
  const psql = (sql: string) =>
    run(program('psql'), ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', '-qtAX', '-v', 'ON_ERROR_STOP=1'], {
      env: { ...process.env, PGPASSWORD: administrator },
      input: sql,
    })
  const known = await psql(`select count(*) from pg_roles where rolname = '${NAME}'`)
  if (known.trim() === '0') await psql(`create role ${NAME} login password '${password}'`)
  const there = await psql(`select count(*) from pg_database where datname = '${NAME}'`)
  if (there.trim() === '0') await psql(`create database ${NAME} owner ${NAME}`)
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, signal)
  } catch {
    return // already gone
  }
  await waitFor('PostgreSQL to end', 30_000, () => !isRunning(pid))
}

/** The secret kept in a file, made when it is missing. */
function secret(path: string): string {
  if (!existsSync(path)) writeFileSync(path, randomBytes(16).toString('hex'), { mode: 0o600 })
  return readFileSync(path, 'utf8')
}

async function account(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = (await Promise.all([run('id', ['-u', USER]), run('id', ['-g', USER])])).map(Number)
  return { uid: uid as number, gid: gid as number }
}

const isRoot = (): boolean => process.getuid?.() === 0

/** The folder of the newest installed version's programs. */
function programs(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined
  const versions = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a))
  return versions.map((v) => join(VERSIONS, v, 'bin')).find((folder) => existsSync(join(folder, 'postgres')))
}

function program(name: string): string {
  const folder = programs()
  if (!folder) throw new Error('PostgreSQL is not installed')
  return join(folder, name)
}
