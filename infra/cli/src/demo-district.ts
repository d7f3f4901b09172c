import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { announcePending } from '@quartier/contracts/records/announce'
import type { DistrictModel } from '@quartier/contracts/schemas'
import { createDistrict } from '@quartier/simulators'
import { type Installation, withLog, withRecords } from './installation.ts'
import type { UpOptions } from './platform.ts'
import { createProgress } from './progress.ts'

export interface PreparedDistrict {
  readonly name: string
  readonly series: number
}

/** Sees to it that the simulated district of the demonstration stands in the registry. */
export async function prepareDistrict(options: UpOptions): Promise<PreparedDistrict | undefined> {
  if (!options.demo) return undefined
  const model = createDistrict({
    seed: options.seed,
    sensors: options.sensors,
    intervalMs: options.interval === undefined ? undefined : options.interval * 1_000,
  })
  const prepared = {
    name: model.places.find((p) => p.kind === 'district')?.name ?? '',
    series: model.series.length,
  }
  const mark = join(options.data, 'demonstration.json')
  const wanted = JSON.stringify({ seed: options.seed, sensors: options.sensors, interval: options.interval })
  const isMarked = existsSync(mark) && readFileSync(mark, 'utf8') === wanted

  await registerDistrict(options, model, isMarked)
  writeFileSync(mark, wanted)
  return prepared
}

/** Puts a district into the registry and announces it, unless it `isKnown` and all of it is there. */
export async function registerDistrict(at: Installation, model: DistrictModel, isKnown = false): Promise<void> {
  await withRecords(at, async (records) => {
    // The records may be others than those that the mark speaks of, or begun anew.
    if (isKnown && (await records.registry.counts()).series >= model.series.length) return
    const registering = createProgress('Registering the simulated district')
    await records.registry.importDistrict(model, (share) => registering.update(share))
    registering.done()
    const announcing = createProgress('Announcing its series')
    await withLog(at, (log) =>
      announcePending(log, records, (announced) => announcing.update(announced / model.series.length)),
    )
    announcing.done()
  })
}
