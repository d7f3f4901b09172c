import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import { paths } from '../../infra/cli/src/installation.ts'
import { type Platform, startPlatform } from '../../infra/cli/src/platform.ts'
import type { ServiceName } from '../../infra/cli/src/services.ts'
import { type TrackedDevice, trackedDevice } from '../load/tracked-publisher.ts'
import { type Comparison, compareStore, publishSteadily, seeded, until } from './support.ts'

export interface KillOptions {
  readonly kills: number
  /** Readings per second, all devices together. */
  readonly rate: number
  readonly devices: number
  readonly seed: number
  readonly onKill?: (n: number, what: string, liveAgainMs: number) => void
}

export interface KillReport extends Comparison {
  readonly kills: number
  /** Milliseconds from each kill until readings are acknowledged and queries answered again. */
  readonly liveAgainMs: readonly number[]
}

const SOURCE = 'fault'
const TARGETS: readonly (readonly ServiceName[])[] = [['gateway'], ['ingest'], ['gateway', 'ingest', 'command-center']]

/**
 * Kills services with SIGKILL at random moments under load, then holds the store against what was acknowledged: every
 * acknowledged reading must be there exactly once, with its value.
 */
export async function killUnderLoad(options: KillOptions): Promise<KillReport> {
  const data = mkdtempSync(join(tmpdir(), 'quartier-kill-'))
  const random = seeded(options.seed)
  const mqttPort = 20_000 + Math.floor(random() * 20_000)
  const platform = await startPlatform({
    sensors: 0,
    seed: 0,
    port: 0,
    mqttPort,
    data,
    speed: 1,
    logLevel: 'error',
    processes: true,
    demo: false,
    anonymous: true,
  })
  const startedAt = Date.now()
  const timeOf = (sequence: number) => startedAt - 3_600_000 + sequence * 10
  const devices = Array.from({ length: options.devices }, (_, d) =>
    trackedDevice({ port: mqttPort, source: SOURCE, device: `d${d}`, timeOf }),
  )
  const load = publishSteadily(devices, options.rate)
  const liveAgainMs: number[] = []
  try {
    await wait(2_000)
    for (let n = 0; n < options.kills; n++) {
      await wait(300 + random() * 2_500)
      const target = TARGETS[Math.floor(random() * TARGETS.length)] as readonly ServiceName[]
      const killedAt = Date.now()
      for (const name of target) kill(platform, name)
      await liveAgain(devices, data)
      liveAgainMs.push(Date.now() - killedAt)
      options.onKill?.(n + 1, target.join(' + '), Date.now() - killedAt)
    }
    load.stop()
    await until('all acknowledgements', 60_000, () => devices.every((d) => d.acknowledged() === load.published(d)))
    return {
      kills: options.kills,
      liveAgainMs,
      ...(await compareStore(devices, SOURCE, paths(data).storeSocket, timeOf)),
    }
  } finally {
    load.stop()
    for (const device of devices) device.close()
    await platform.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

function kill(platform: Platform, name: ServiceName): void {
  const pid = platform.services.find((s) => s.name === name)?.pid
  try {
    if (pid) process.kill(pid, 'SIGKILL')
  } catch {
    // It was already gone: another kill of this round had hit it.
  }
}

async function liveAgain(devices: readonly TrackedDevice[], data: string): Promise<void> {
  const before = devices.map((d) => d.acknowledged())
  await until('an acknowledgement', 30_000, () => devices.some((d, i) => d.acknowledged() > (before[i] as number)))
  const store = await connectStore(paths(data).storeSocket)
  await until('the store', 30_000, async () => {
    try {
      await store.usage()
      return true
    } catch {
      return false
    }
  })
  await store.close()
}
