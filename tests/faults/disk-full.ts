import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { paths } from '../../infra/cli/src/installation.ts'
import { startPlatform } from '../../infra/cli/src/platform.ts'
import { usageOfAll } from '../load/process-usage.ts'
import { trackedDevice } from '../load/tracked-publisher.ts'
import { type Comparison, compareStore, publishSteadily, until } from './support.ts'

const SOURCE = 'fault'
const SMALL = '24m'
const LARGE = '512m'

export interface DiskFullReport extends Comparison {
  /** Acknowledged while the disk was full: must stay at what it was when it filled up. */
  readonly acknowledgedWhileFull: number
  /** How much the platform's memory grew while devices waited. */
  readonly grownBytes: number
  readonly recoveredMs: number
}

/**
 * Gives the log a file system of 24 MB, fills it, keeps the devices waiting for ten seconds, then gives it room again
 * without a restart. `undefined` where a file system cannot be mounted (not root, or not Linux).
 */
export async function fillTheDisk(rate: number): Promise<DiskFullReport | undefined> {
  const data = mkdtempSync(join(tmpdir(), 'quartier-full-'))
  const logFolder = paths(data).log
  mkdirSync(logFolder)
  if (!mount(logFolder, `size=${SMALL}`)) {
    rmSync(data, { recursive: true, force: true })
    return undefined
  }
  const platform = await startPlatform({
    sensors: 0,
    seed: 0,
    port: 0,
    mqttPort: 0,
    data,
    speed: 1,
    logLevel: 'silent',
    processes: true,
    demo: false,
    anonymous: true,
  })
  const startedAt = Date.now()
  const timeOf = (n: number) => startedAt - 3_600_000 + n * 10
  const port = Number(new URL(platform.mqttUrl).port)
  const devices = Array.from({ length: 50 }, (_, d) => trackedDevice({ port, source: SOURCE, device: `d${d}`, timeOf }))
  const load = publishSteadily(devices, rate)
  const acknowledged = () => devices.reduce((sum, d) => sum + d.acknowledged(), 0)
  const memory = () => usageOfAll(platform.services.map((s) => s.pid as number)).residentBytes
  try {
    await stands(acknowledged, 3_000, 180_000)
    const atFull = acknowledged()
    const before = memory()
    await stands(acknowledged, 10_000, 60_000)
    const grownBytes = memory() - before
    const acknowledgedWhileFull = acknowledged() - atFull
    load.stop()
    const roomAt = Date.now()
    mount(logFolder, `remount,size=${LARGE}`)
    await until('an acknowledgement after room came back', 60_000, () => acknowledged() > atFull)
    const recoveredMs = Date.now() - roomAt
    await until('all acknowledgements', 180_000, () => devices.every((d) => d.acknowledged() === load.published(d)))
    const comparison = await compareStore(devices, SOURCE, paths(data).storeSocket, timeOf)
    return { ...comparison, acknowledgedWhileFull, grownBytes, recoveredMs }
  } finally {
    load.stop()
    for (const device of devices) device.close()
    await platform.stop()
    spawnSync('umount', [logFolder])
    rmSync(data, { recursive: true, force: true })
  }
}

const mount = (folder: string, options: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0

/** Waits until a count has not moved for so long. */
async function stands(count: () => number, stillMs: number, limitMs: number): Promise<void> {
  let last = count()
  let since = Date.now()
  await until('the count to stand still', limitMs, () => {
    if (count() !== last) {
      last = count()
      since = Date.now()
    }
    return Date.now() - since >= stillMs
  })
}
