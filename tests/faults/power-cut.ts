import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { decodeBatch, READINGS, seriesIdOf, seriesIdText } from '@quartier/contracts'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import type { FromService, Launch } from '@quartier/contracts/runtime'
import { type TrackedDevice, trackedDevice } from '../load/tracked-publisher.ts'
import { seeded } from './support.ts'

const GATEWAY = fileURLToPath(new URL('../../gateway/src/main.ts', import.meta.url))
const SHIM = fileURLToPath(new URL('./fsync-shim.c', import.meta.url))
const SOURCE = 'cut'
/** A sync takes this much longer, so that an acknowledgement that does not wait for it comes clearly before it. */
const SYNC_MS = 15

export interface PowerCutReport {
  readonly cuts: number
  /** Readings acknowledged before a cut, over all cuts. */
  readonly acknowledged: number
  /** Of these, not found on the disk as the last completed fsync left it. */
  readonly missing: number
}

/**
 * Cuts the power again and again: stops the gateway the moment an acknowledgement arrives and reads the log from the
 * bytes that completed fsyncs had covered by then. The page cache, which survives `kill -9`, does not count.
 * `undefined` where there is no C compiler.
 */
export async function cutThePower(cuts: number, seed: number): Promise<PowerCutReport | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-cut-'))
  const shim = join(folder, 'shim.so')
  if (spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', shim, SHIM, '-ldl', '-lpthread']).status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
  const data = join(folder, 'data')
  const twin = join(folder, 'twin')
  for (const path of [data, twin]) mkdirSync(path)
  const { gateway, port } = await startGateway(data, {
    LD_PRELOAD: shim,
    QUARTIER_REAL: join(data, 'log'),
    QUARTIER_TWIN: twin,
  })
  const startedAt = Date.now() - 3_600_000
  const timeOf = (n: number) => startedAt + n
  const devices = Array.from({ length: 20 }, (_, d) => trackedDevice({ port, source: SOURCE, device: `d${d}`, timeOf }))
  const random = seeded(seed)
  const total = { cuts, acknowledged: 0, missing: 0 }
  try {
    for (let cut = 0; cut < cuts; cut++) {
      const load = setInterval(() => {
        for (const device of devices) device.publish()
      }, 2)
      await wait(100 + random() * 300)
      await nextAcknowledgement(devices)
      gateway.kill('SIGSTOP')
      const acknowledged = devices.map((d) => d.acknowledged())
      clearInterval(load)
      const disk = join(folder, `disk-${cut}`)
      cpSync(twin, disk, { recursive: true })
      gateway.kill('SIGCONT')
      const found = await readingsIn(disk)
      for (const [d, device] of devices.entries()) {
        const id = seriesIdText(seriesIdOf(`${SOURCE}/${device.device}/n`))
        for (let n = 0; n < (acknowledged[d] as number); n++) if (!found.has(`${id} ${timeOf(n)}`)) total.missing++
        total.acknowledged += acknowledged[d] as number
      }
      rmSync(disk, { recursive: true, force: true })
    }
    return total
  } finally {
    for (const device of devices) device.close()
    gateway.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startGateway(
  data: string,
  env: Record<string, string>,
): Promise<{ gateway: ChildProcess; port: number }> {
  const launch: Launch = { overrides: { dataDir: data, port: 0, allowAnonymous: true, logLevel: 'error' } }
  const gateway = spawn(process.execPath, [...process.execArgv, GATEWAY], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env, QUARTIER_SYNC_MS: String(SYNC_MS), QUARTIER_LAUNCH: JSON.stringify(launch) },
  })
  const port = await new Promise<number>((resolve, reject) => {
    gateway.on('message', (message) => {
      const heard = message as FromService
      if (heard.type === 'ready') resolve(Number(heard.info.port))
      else reject(new Error(heard.message))
    })
    gateway.once('exit', (code) => reject(new Error(`the gateway ended with code ${code}`)))
  })
  return { gateway, port }
}

/** Resolves in the same turn of the event loop in which an acknowledgement was read. */
async function nextAcknowledgement(devices: readonly TrackedDevice[]): Promise<void> {
  const sum = () => devices.reduce((total, d) => total + d.acknowledged(), 0)
  const before = sum()
  while (sum() === before) await new Promise((resolve) => setImmediate(resolve))
}

async function readingsIn(folder: string): Promise<Set<string>> {
  const log = await openEmbeddedLog({ folder })
  const found = new Set<string>()
  for (const { partition, earliest, next } of await log.ranges(READINGS))
    for (let offset = earliest; offset < next; ) {
      const records = await log.read(READINGS, { partition, offset }, 1_000)
      for (const record of records) {
        const { columns: c } = decodeBatch(record.value)
        for (let i = 0; i < c.length; i++)
          found.add(`${seriesIdText({ lo: c.seriesLo[i] as number, hi: c.seriesHi[i] as number })} ${c.measuredAt[i]}`)
      }
      offset = (records.at(-1)?.offset ?? next) + 1
    }
  await log.close()
  return found
}
