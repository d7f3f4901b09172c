import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LEDGER } from '@quartier/contracts'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { type SourceTotals, summarise } from '@quartier/contracts/ledger'
import { announceSeries } from '@quartier/contracts/records/announce'
import { type DistrictModel, ledgerEntrySchema } from '@quartier/contracts/schemas'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { connectStore } from '@quartier/contracts/telemetry-store/remote'
import type { Process } from '@quartier/simulators/load'
import { registerDistrict } from './demo-district.ts'
import { type Installation, paths, withLog } from './installation.ts'
import { startPlatform } from './platform.ts'
import { readTopic } from './read-topic.ts'

/** A platform that a load test is run against. */
export interface Target {
  readonly url: string
  readonly folder: string
  readonly store: TelemetryStore
  ledger(source: string): Promise<SourceTotals | undefined>
  processes(): readonly Process[]
  close(): Promise<void>
}

/**
 * A platform of the load test's own: on a fresh folder and free ports, every service a process, knowing the district.
 * All of it is gone after `close`.
 */
export async function ownTarget(model: DistrictModel): Promise<Target> {
  const data = mkdtempSync(join(tmpdir(), 'quartier-load-'))
  const remove = () => rmSync(data, { recursive: true, force: true })
  try {
    const log = await openEmbeddedLog({ folder: paths(data).log })
    await announceSeries(log, model.series)
    await log.close()
    const platform = await startPlatform({
      data,
      sensors: 0,
      seed: 0,
      port: 0,
      mqttPort: 0,
      speed: 1,
      logLevel: 'error',
      processes: true,
      demo: false,
      anonymous: true,
    })
    const store = await connectStore(paths(data).storeSocket)
    return {
      url: platform.mqttUrl,
      folder: data,
      store,
      ledger: (source) => ledgerOf({ data }, source),
      processes: () => platform.services.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }])),
      async close() {
        await store.close()
        await platform.stop()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** A platform that runs already on this machine's `--data`, behind the gateway at `url`. */
export async function runningTarget(at: Installation, url: string, model: DistrictModel): Promise<Target> {
  await registerDistrict(at, model)
  const store = await connectStore(paths(at.data).storeSocket)
  return {
    url,
    folder: paths(at.data).root,
    store,
    ledger: (source) => ledgerOf(at, source),
    processes: () => [],
    close: () => store.close(),
  }
}

async function ledgerOf(at: Installation, source: string): Promise<SourceTotals | undefined> {
  return await withLog(at, async (log) => {
    const entries = await readTopic(log, LEDGER, (json) => ledgerEntrySchema.parse(json))
    return summarise(entries.filter((e) => e.source === source)).sources[0]
  })
}
