import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { announcePending } from '@quartier/contracts/records/announce'
import { createDistrict } from '@quartier/simulators'
import { withLog, withRecords } from './installation.ts'
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

  await withRecords(options, async (records) => {
    // The records may be others than those that the mark speaks of, or begun anew.
    if (isMarked && (await records.registry.counts()).series >= model.series.length) return
    const registering = createProgress('Registering the simulated district')
    await records.registry.importDistrict(model, (share) => registering.update(share))
    registering.done()
    const announcing = createProgress('Announcing its series')
    await withLog(options, (log) =>
      announcePending(log, records, (announced) => announcing.update(announced / model.series.length)),
    )
    announcing.done()
  })
  writeFileSync(mark, wanted)
  return prepared
}
