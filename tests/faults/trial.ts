import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import type { Records } from '@quartier/contracts/records'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import { startPlatform } from '../../infra/cli/src/platform.ts'
import type { ServiceName } from '../../infra/cli/src/services.ts'
import type { Login } from '../load/mqtt-wire.ts'
import { type TrackedDevice, type TrackedOptions, trackedDevice } from '../load/tracked-publisher.ts'
import { type Counters, countersOf } from './counters.ts'
import type { Findings } from './findings.ts'
import { ledgerBalances, settledLedger } from './ledger-check.ts'
import { undoLater } from './leftovers.ts'
import { type MemoryWatch, watchMemory } from './memory-watch.ts'
import { compareStore, until } from './support.ts'

/** Of all devices of a trial. */
export const SOURCE = 'fault'

/** A platform in processes of its own on a fresh folder, and devices that remember what was acknowledged. */
export interface Trial {
  readonly data: string
  readonly mqttPort: number
  readonly memory: MemoryWatch
  readonly devices: readonly TrackedDevice[]
  /** The log of the running platform, for looking and for appending beside it. */
  readonly log: EventLog
  /** The configuration file of its services, when it has one. */
  readonly config: string | undefined
  /** One more client of the log. */
  openLog(): Promise<EventLog>
  withStore<T>(work: (store: TelemetryStore) => Promise<T>): Promise<T>
  device(name: string, more?: Partial<TrackedOptions>): TrackedDevice
  /** Makes so many devices with secrets of their own, which connect at once. */
  letIn(count: number): Promise<TrackedDevice[]>
  kill(service: ServiceName): void
  counters(service: ServiceName): Promise<Counters>
  /** Resolves once every reading that was sent is acknowledged. */
  acknowledged(limitMs?: number): Promise<void>
  /** Promises that the store has all that was acknowledged, once, that the ledger agrees, and that no other service ended. */
  settle(findings: Findings): Promise<void>
  /** Promises that no service has ended but those that were killed. */
  lives(findings: Findings): void
  /** Stops the services and leaves their data. */
  stopPlatform(): Promise<void>
  close(): Promise<void>
}

export interface TrialOptions {
  readonly settings?: Readonly<Record<string, object>>
  /** Added to the environment of the services. */
  readonly env?: Readonly<Record<string, string>>
  /** Does something to the folder before the platform starts on it; what it returns undoes that in the end. */
  readonly prepare?: (data: string) => () => void
  /** Which engines the platform uses, and how we look at them ourselves (default: the embedded ones). */
  readonly engines?: TrialEngines
}

export interface TrialEngines {
  /** The platform's configuration file. */
  readonly config?: string
  openLog(data: string): Promise<EventLog>
  openStore(data: string): Promise<TelemetryStore>
  openRecords(data: string): Promise<Records>
  /** What the servers themselves say that they hold of a source: independent of how we write and read. */
  held?(source: string): Promise<{ readonly count: number; readonly checksum: number }>
}

export type OpenTrial = (options?: TrialOptions) => Promise<Trial>

const EMBEDDED: TrialEngines = {
  openLog: (data) => openEmbeddedLog({ folder: join(data, 'log') }),
  openStore: (data) => connectStore(join(data, 'run', 'store.sock')),
  openRecords: (data) => openSqliteRecords({ path: join(data, 'records.db') }),
}

/** When the ledger and files are written: sooner than by default, so that a run need not wait for them. */
export const INGEST = { ledgerMs: 1_000, flushMs: 5_000 }
const PATIENCE_MS = 180_000

export async function openTrial(options: TrialOptions = {}): Promise<Trial> {
  const { engines = EMBEDDED } = options
  const data = mkdtempSync(join(tmpdir(), 'quartier-fault-'))
  const undo = options.prepare?.(data)
  const clear = () => {
    undo?.()
    rmSync(data, { recursive: true, force: true })
  }
  const settings = { ...options.settings, ingest: { ...INGEST, ...options.settings?.ingest } }
  const mqttPort = 20_000 + Math.floor(Math.random() * 10_000)
  const start = () =>
    startPlatform({
      ...{ sensors: 0, seed: 0, port: 0, mqttPort, data, speed: 1, config: engines.config },
      ...{ processes: true, demo: false, anonymous: true, logLevel: 'silent', settings },
    })
  const platform = await withEnvironment(options.env ?? {}, start).catch((error: unknown) => {
    clear()
    throw error
  })
  const { services } = platform
  const log = await engines.openLog(data)
  const pids = new Map(services.map(({ name, pid }) => [name, pid]))
  const killed = new Set<ServiceName>()
  const memory = watchMemory(() => services)
  const devices: TrackedDevice[] = []
  const startedAt = Date.now()
  const timeOf = (n: number) => startedAt - 3_600_000 + n * 10
  const trial: Trial = {
    ...{ data, mqttPort, memory, devices, log, config: engines.config },
    openLog: () => engines.openLog(data),
    async withStore(work) {
      const store = await engines.openStore(data)
      return await work(store).finally(() => store.close())
    },
    device(name, more = {}) {
      const device = trackedDevice({ port: mqttPort, source: SOURCE, device: name, timeOf, ...more })
      devices.push(device)
      return device
    },
    async letIn(count) {
      const records = await engines.openRecords(data)
      const logins: Login[] = []
      for (let i = 0; i < count; i++) logins.push(await newDevice(records, `lamp-${i}`))
      await records.close()
      return logins.map((login) => trial.device(login.username, { login }))
    },
    kill(service) {
      killed.add(service)
      const pid = services.find(({ name }) => name === service)?.pid
      try {
        if (pid) process.kill(pid, 'SIGKILL')
      } catch {
        // It was already gone: another kill had hit it.
      }
    },
    counters: (service) => countersOf(data, service),
    acknowledged: (limitMs = PATIENCE_MS) =>
      until('all acknowledgements', limitMs, () => devices.every((d) => d.acknowledged() === d.wanted())),
    async settle(findings) {
      const comparison = await trial.withStore((store) => compareStore(devices, SOURCE, store, timeOf))
      findings.compared(comparison)
      const sums = ledgerBalances(
        findings,
        await settledLedger(log, { [SOURCE]: { accepted: comparison.stored } }),
        SOURCE,
      )
      findings.promise(
        sums.stored === comparison.stored && sums.accepted >= comparison.acknowledged,
        `the ledger counts ${sums.stored} stored readings, the store returns ${comparison.stored}`,
      )
      if (engines.held) serversAgree(findings, await engines.held(SOURCE), devices)
      trial.lives(findings)
    },
    lives(findings) {
      const gone = services.filter(({ name, pid }) => !killed.has(name) && pids.get(name) !== pid)
      findings.promise(
        gone.length === 0,
        `services that ended by themselves: ${gone.map((s) => s.name).join(', ') || 'none'}`,
      )
    },
    async stopPlatform() {
      memory.stop()
      for (const device of devices) device.close()
      await platform.stop()
    },
    close: undoLater(async () => {
      await trial.stopPlatform()
      await log.close()
      clear()
    }),
  }
  return trial
}

/** Reading `n` of a device has the value `n`, so that sums are known. */
function serversAgree(
  findings: Findings,
  held: { readonly count: number; readonly checksum: number },
  devices: readonly TrackedDevice[],
): void {
  const sent = devices.map((d) => d.sent())
  const count = sent.reduce((sum, n) => sum + n, 0)
  const checksum = sent.reduce((sum, n) => sum + (n * (n - 1)) / 2, 0)
  findings.promise(
    held.count === count && held.checksum === checksum,
    `the servers themselves hold ${held.count} of ${count} readings, sum ${held.checksum} of ${checksum}`,
  )
}

async function newDevice({ principals }: Records, name: string): Promise<Login> {
  const rights = { publish: [`t/%s/d/${name}/#`], subscribe: [], devices: [name] }
  const kind = { kind: 'device', personal: false, historical: false, enabled: true } as const
  return { username: name, password: await principals.put({ name, source: SOURCE, ...rights, ...kind }) }
}

/** What is started meanwhile inherits these variables. */
async function withEnvironment<T>(env: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  try {
    return await work()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
