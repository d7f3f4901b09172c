import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { type Socket, connect as tcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeBatch, READINGS, type SourceCounts, seriesIdOf, seriesIdText, topic } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import type {
  Credential,
  DeviceLog,
  DeviceLogLine,
  Principal,
  PrincipalChanges,
  PrincipalStanding,
  PrincipalStore,
  Revocation,
} from '@quartier/contracts/records'
import { type Clock, type Logger, loadConfig, silentLogger, wallClock } from '@quartier/contracts/runtime'
import { Registry } from 'prom-client'
import { gatewayConfigSchema } from './config.ts'
import { type GatewayDeps, type GatewayHandle, start } from './gateway.ts'

import { openSessions } from './sessions/index.ts'

/** Support for tests: a gateway on a free port with a real log in a temporary folder, and plain sockets to talk to it. */
export interface TestGateway {
  readonly port: number
  readonly log: EventLog
  readonly folder: string
  readonly metrics: Registry
  readonly principals: MemoryPrincipals
  readonly deviceLog: MemoryDeviceLog
  /** Of TLS; 0 when it is not spoken. */
  readonly tlsPort: number
  /** The value of a metric, without its prefix; of a labelled one with `{label="value"}`. */
  metric(name: string): Promise<number>
  /** Stops the gateway, does something `between`, and starts it again on the same data. */
  restart(between?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

export interface TestOptions {
  readonly config?: Record<string, unknown>
  readonly clock?: Clock
  readonly logger?: Logger
  readonly principals?: readonly (Principal & { secret: string })[]
  /** The records are those of another gateway. */
  readonly recordsOf?: Pick<TestGateway, 'principals' | 'deviceLog'>
  /** Stands between the gateway and its log. */
  readonly wrap?: (log: EventLog) => EventLog
  /** Sessions and relay of a gateway that is one of several; default: sessions of its own in a file. */
  readonly shared?: () => Promise<Pick<GatewayDeps, 'sessions' | 'relay'>>
}

export async function testGateway(options: TestOptions = {}): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-gateway-'))
  const log = await openEmbeddedLog({ folder: join(folder, 'log') })
  const principals = options.recordsOf?.principals ?? new MemoryPrincipals(options.principals ?? [])
  const deviceLog = options.recordsOf?.deviceLog ?? new MemoryDeviceLog()
  const config = loadConfig(gatewayConfigSchema, {
    service: 'gateway',
    overrides: { port: 0, sparkplugHost: '', allowAnonymous: principals.isEmpty, dataDir: folder, ...options.config },
  })
  let metrics = new Registry()
  const begin = async (): Promise<GatewayHandle> => {
    metrics = new Registry()
    const shared = await options.shared?.()
    return start(
      {
        log: options.wrap?.(log) ?? log,
        clock: options.clock ?? wallClock,
        logger: options.logger ?? silentLogger,
        metrics,
        principals,
        deviceLog,
        ...(shared ?? { sessions: openSessions({ path: join(folder, 'sessions.db') }) }),
      },
      config,
    )
  }
  let gateway = await begin()
  return {
    get port() {
      return gateway.info.port
    },
    get tlsPort() {
      return gateway.info.tlsPort ?? 0
    },
    log,
    folder,
    principals,
    deviceLog,
    get metrics() {
      return metrics
    },
    async metric(name) {
      const line = (await metrics.metrics()).split('\n').find((l) => l.startsWith(`quartier_gateway_${name} `))
      return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? 0)
    },
    async restart(between) {
      await gateway.stop()
      await between?.()
      gateway = await begin()
    },
    async stop() {
      await gateway.stop()
      await log.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Principals with plain secrets in memory. */
export class MemoryPrincipals implements PrincipalStore {
  asked = 0
  /** Queries for many at once. */
  lookedUp = 0
  readonly #byName = new Map<string, Principal & { secret: string }>()
  readonly #credentials = new Map<string, Credential>()
  readonly #changes: string[] = []

  constructor(principals: readonly (Principal & { secret: string })[]) {
    for (const p of principals) this.#byName.set(p.name, p)
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0
  }

  async authenticate(name: string, secret: Uint8Array): Promise<Principal | undefined> {
    this.asked++
    const p = this.#byName.get(name)
    return p?.enabled && Buffer.from(secret).toString() === p.secret ? plain(p) : undefined
  }

  async put(principal: Principal): Promise<string> {
    await this.putAll([principal])
    return 'secret'
  }

  async putAll(principals: readonly Principal[], credentials: readonly Credential[] = []): Promise<readonly string[]> {
    for (const p of principals) this.#byName.set(p.name, { ...p, secret: 'secret' })
    this.#changes.push(...principals.map((p) => p.name))
    await this.addCredentials(credentials)
    return principals.map(() => 'secret')
  }

  async update(principal: Principal): Promise<boolean> {
    const secret = this.#byName.get(principal.name)?.secret
    if (secret !== undefined) this.#byName.set(principal.name, { ...principal, secret })
    this.#changes.push(principal.name)
    return secret !== undefined
  }

  async find(name: string): Promise<Principal | undefined> {
    const p = this.#byName.get(name)
    return p && plain(p)
  }

  async standings(names: readonly string[]): Promise<readonly PrincipalStanding[]> {
    this.lookedUp++
    const found = names.map((name) => this.#byName.get(name)).filter((p) => p !== undefined)
    const valid = [...this.#credentials.values()].filter((c) => c.revokedAt === null)
    return found.map((p) => ({
      principal: plain(p),
      secretVersion: `of ${p.secret}`,
      credentials: valid.filter((c) => c.principal === p.name).map((c) => c.id),
    }))
  }

  async list(): Promise<readonly Principal[]> {
    return [...this.#byName.values()].map(plain)
  }

  async remove(name: string): Promise<void> {
    this.#byName.delete(name)
    await this.revoke(name, { at: Date.now(), reason: 'removed' })
  }

  async addCredentials(credentials: readonly Credential[]): Promise<void> {
    for (const c of credentials) this.#credentials.set(c.id, c)
    this.#changes.push(...credentials.map((c) => c.principal))
  }

  async credential(id: string): Promise<Credential | undefined> {
    this.asked++
    return this.#credentials.get(id)
  }

  async credentials(principal?: string): Promise<readonly Credential[]> {
    return [...this.#credentials.values()].filter((c) => principal === undefined || c.principal === principal)
  }

  async revoke(principal: string, { at, reason, except = [], reset }: Revocation): Promise<number> {
    const p = this.#byName.get(principal)
    if (p && reset) this.#byName.set(principal, { ...p, secret: randomUUID() })
    const which = await this.credentials(principal)
    const ended = which.filter((c) => c.revokedAt === null && !except.includes(c.id))
    for (const c of ended) this.#credentials.set(c.id, { ...c, revokedAt: at, reason })
    this.#changes.push(principal)
    return ended.length
  }

  async changes(after = this.#changes.length): Promise<PrincipalChanges> {
    return { names: this.#changes.slice(after), revision: this.#changes.length }
  }
}

/** A device log in memory. */
export class MemoryDeviceLog implements DeviceLog {
  readonly lines: DeviceLogLine[] = []

  async add(lines: readonly DeviceLogLine[]): Promise<void> {
    this.lines.push(...lines)
  }

  async list() {
    return { lines: this.lines.toReversed(), before: undefined }
  }
}

const plain = ({ secret: _, ...principal }: Principal & { secret: string }): Principal => principal

/** A principal that may do little; `secret` is its name. */
export const principal = (name: string, more: Partial<Principal> = {}): Principal & { secret: string } => ({
  name,
  source: name,
  kind: 'gateway',
  publish: ['t/%s/#', 'senml/%s/#', 'pack/%s/#'],
  subscribe: ['t/%s/d/+/cmd/#'],
  devices: ['*'],
  personal: false,
  historical: false,
  enabled: true,
  secret: name,
  ...more,
})

export interface StoredReading {
  readonly id: string
  readonly value: number
  readonly measuredAt: number
  readonly receivedAt: number
  readonly quality: number
}

/** Every reading in the log, in log order within each partition, and every count. */
export async function readBack(log: EventLog): Promise<{ readings: StoredReading[]; counts: SourceCounts[] }> {
  const readings: StoredReading[] = []
  const counts: SourceCounts[] = []
  for (let partition = 0; partition < topic(READINGS).partitions; partition++) {
    for (let offset = 0; ; ) {
      const records = await log.read(READINGS, { partition, offset }, 256)
      const last = records.at(-1)
      if (!last) break
      offset = last.offset + 1
      for (const record of records) {
        const batch = decodeBatch(record.value)
        counts.push(...batch.counts)
        const c = batch.columns
        for (let i = 0; i < c.length; i++)
          readings.push({
            id: seriesIdText({ lo: c.seriesLo[i] as number, hi: c.seriesHi[i] as number }),
            value: c.value[i] as number,
            measuredAt: c.measuredAt[i] as number,
            receivedAt: c.receivedAt[i] as number,
            quality: c.quality[i] as number,
          })
      }
    }
  }
  return { readings, counts }
}

export const idOf = (key: string): string => seriesIdText(seriesIdOf(key))

/** Sums of all counts: messages and readings received, accepted and rejected by reason. */
export function sumCounts(counts: readonly SourceCounts[]) {
  const sum = {
    messages: { received: 0, accepted: 0, rejected: {} as Record<string, number> },
    readings: { received: 0, accepted: 0, rejected: {} as Record<string, number> },
    untimed: 0,
  }
  for (const c of counts) {
    for (const kind of ['messages', 'readings'] as const) {
      sum[kind].received += c[kind].received
      sum[kind].accepted += c[kind].accepted
      for (const [reason, n] of Object.entries(c[kind].rejected))
        sum[kind].rejected[reason] = (sum[kind].rejected[reason] ?? 0) + n
    }
    sum.untimed += c.untimed
  }
  return sum
}

const plainSocket = (port: number): Socket => tcp({ port, host: '127.0.0.1', noDelay: true })

/** A bare socket that collects what it receives. */
export class RawClient {
  readonly socket: Socket
  received: Buffer = Buffer.alloc(0)
  isClosed = false
  #changed: (() => void)[] = []

  constructor(port: number, open: (port: number) => Socket = plainSocket) {
    this.socket = open(port)
    this.socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
      this.#tell()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isClosed = true
      this.#tell()
    })
  }

  send(...parts: (Buffer | readonly number[])[]): this {
    this.socket.write(Buffer.concat(parts.map((p) => Buffer.from(p))))
    return this
  }

  /** Resolves once `hex` is what has been received. */
  async expect(hex: string): Promise<void> {
    const wanted = hex.replaceAll(' ', '')
    await this.until(() => this.received.toString('hex').length >= wanted.length)
    const got = this.received.toString('hex')
    if (got !== wanted) throw new Error(`expected ${wanted}, received ${got}`)
    this.received = Buffer.alloc(0)
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.isClosed && !condition()) throw new Error(`closed after ${this.received.toString('hex')}`)
      await new Promise<void>((go) => {
        this.#changed.push(go)
      })
    }
  }

  async closed(): Promise<void> {
    while (!this.isClosed)
      await new Promise<void>((go) => {
        this.#changed.push(go)
      })
  }

  destroy(): void {
    this.socket.destroy()
  }

  #tell(): void {
    const changed = this.#changed
    this.#changed = []
    for (const go of changed) go()
  }
}

/** Resolves once `condition` holds; looked at every few milliseconds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((later) => setTimeout(later, 5))
}
