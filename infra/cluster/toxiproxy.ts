// Toxiproxy, which stands between a client and a server and plays a bad network: built from its released sources once.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, endProcesses, freePort, isRunning, run, type Say, waitFor } from './cache.ts'

const VERSION = 'v2.12.0'
const MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server'

/** What it does to a connection: milliseconds. */
export type Toxic =
  /** Every piece arrives so much later. */
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  /** Cuts every connection (RST) so long after it was opened, and those that are open at once. */
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** Lets nothing through any more, and closes the connection after so long. */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }

export interface Link {
  readonly port: number
  /** What is done to both directions from now on; nothing when the list is empty. */
  suffer(toxics: readonly Toxic[]): Promise<void>
  /** Closes all connections and refuses new ones, or lets them in again. */
  cut(isCut: boolean): Promise<void>
}

export interface Toxiproxy {
  readonly pids: readonly number[]
  /** A port of its own that leads to another on loopback. */
  link(name: string, toPort: number): Promise<Link>
  stop(): Promise<void>
}

/** Builds it unless the cache has it: about 10 s. Needs Go. */
export async function install(say: Say): Promise<void> {
  if (existsSync(binary())) return
  say(`Toxiproxy ${VERSION}: building it from source, once`)
  const folder = cacheFolder('toxiproxy-build')
  await run('go', ['install', `${MODULE}@${VERSION}`], { env: { ...process.env, GOBIN: folder } })
  renameSync(join(folder, 'server'), binary())
}

export async function start({ folder }: { readonly folder: string }): Promise<Toxiproxy> {
  mkdirSync(folder, { recursive: true })
  const log = openSync(join(folder, 'toxiproxy.log'), 'a')
  const port = await freePort()
  const child = spawn(binary(), ['-host', '127.0.0.1', '-port', `${port}`], {
    stdio: ['ignore', log, log],
    detached: true,
    env: { ...process.env, LOG_LEVEL: 'error' },
  })
  child.unref()
  const pid = child.pid
  if (pid === undefined) throw new Error(`${binary()} could not be started`)
  const api = `http://127.0.0.1:${port}`
  await waitFor(`Toxiproxy at ${api}`, 15_000, async () => {
    if (!isRunning(pid)) throw new Error(`Toxiproxy has ended: see ${join(folder, 'toxiproxy.log')}`)
    return (await fetch(`${api}/version`)).ok
  })
  return {
    pids: [pid],
    link: (name, toPort) => link(api, name, toPort),
    stop: () => endProcesses([pid]),
  }
}

async function link(api: string, name: string, toPort: number): Promise<Link> {
  const port = await freePort()
  await ask(`${api}/proxies`, 'POST', { name, listen: `127.0.0.1:${port}`, upstream: `127.0.0.1:${toPort}` })
  const toxicsOf = `${api}/proxies/${name}/toxics`
  return {
    port,
    async suffer(toxics) {
      for (const { name: old } of (await ask(toxicsOf, 'GET')) as { name: string }[])
        await ask(`${toxicsOf}/${old}`, 'DELETE')
      for (const toxic of toxics)
        for (const stream of ['upstream', 'downstream']) await ask(toxicsOf, 'POST', { ...toxic, stream })
    },
    cut: async (isCut) => void (await ask(`${api}/proxies/${name}`, 'POST', { enabled: !isCut })),
  }
}

async function ask(url: string, method: string, body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`Toxiproxy, ${method} ${url}: ${answer.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

const binary = (): string => join(cacheFolder('bin'), `toxiproxy-${VERSION}`)
