import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { createDistrict, type WorldSettings, writeHistory } from '@quartier/simulators'
import { lockDataFolder } from './data-lock.ts'
import { registerDistrict } from './demo-district.ts'
import { usage } from './exit.ts'
import { enginesOf, type Installation, paths } from './installation.ts'
import { createProgress, duration } from './progress.ts'

export interface HistoryCommand extends Installation {
  readonly sensors: number
  readonly seed: number
  readonly source?: string
  /** How far back it reaches and how often each series is read, ms. */
  readonly history: number
  readonly every: number
  readonly world: WorldSettings
}

const DAY = 86_400_000
/** Large windows: each reading is written once and merged once. */
const HOT_ROWS = 8_000_000

/**
 * Fills the embedded store of an installation that does not run with the past of the simulated district, up to now:
 * `up` with the same seed and sensors goes on from there.
 */
export async function simulateHistory(options: HistoryCommand): Promise<void> {
  if (enginesOf(options).store.engine !== 'embedded')
    throw usage('History is written straight into the embedded store; the configuration names another.')
  if (options.history / options.every > 5e6) throw usage('That are too many instants: raise --every.')
  const release = lockDataFolder(options.data)
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  try {
    const model = createDistrict({ seed: options.seed, sensors: options.sensors, source: options.source })
    await registerDistrict(options, model)
    let now = Date.now()
    const store = await openEmbeddedStore({
      folder: paths(options.data).store,
      clock: { now: () => now, speed: 1 },
      hotRows: HOT_ROWS,
      flushEveryMs: 0,
    })
    try {
      const newest = (await store.usage()).newestAt
      const from = now - options.history
      if (newest >= from)
        throw usage(
          `The store of ${options.data} holds readings up to ${new Date(newest).toISOString()} already. Begin with an empty folder.`,
        )
      const progress = createProgress('Generating history')
      const startedAt = performance.now()
      const report = await writeHistory(
        store,
        { model, seed: options.seed, settings: options.world, from, to: now, everyMs: options.every },
        {
          signal: abort.signal,
          onProgress: (share, n) => progress.update(share, `${n.toLocaleString('en')} readings`),
        },
      )
      progress.done()
      process.stderr.write('Merging files …\n')
      now += DAY // so that everything is merged and has its rollups
      await store.tidy()
      const seconds = (performance.now() - startedAt) / 1_000
      const { bytes } = await store.usage()
      process.stdout.write(
        `${report.readings.toLocaleString('en')} readings of ${report.series.toLocaleString('en')} series, ` +
          `${report.instants.toLocaleString('en')} instants, in ${duration(seconds)} ` +
          `(${Math.round(report.readings / seconds).toLocaleString('en')} a second, ${(bytes / report.readings).toFixed(1)} bytes each).\n`,
      )
    } finally {
      await store.close()
    }
  } finally {
    release()
  }
}
