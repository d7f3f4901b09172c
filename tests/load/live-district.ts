import { dirname } from 'node:path'
import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import { loadEngines, openRecords } from '@quartier/contracts/engines'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { announcePending } from '@quartier/contracts/records/announce'
import { type DistrictModel, type SeriesDefinition, seriesDefinitionSchema } from '@quartier/contracts/schemas'
import { createDistrict } from '@quartier/simulators'
import type { LoadJob } from './generator.ts'
import { walk } from './stream-parts.ts'

/** A district of the simulator whose series the load generator feeds, and people who look at it. */

export const SOURCE = 'district'
/** Of all series; at meters it makes the figure of their building. */
const PROPERTY = 'power'
export const PASSWORD = 'bench of the live map'
/** Numbered readings, of assets that lie in the thick of it. */
export const PROBE_SERIES = 32
export const probeKey = (i: number): string => `probe/p${i}/n`
/** Sockets that one person may hold. */
export const SOCKETS_OF_ONE = 32
export const personName = (i: number): string => `person-${i}`

const READINGS_PER_PACK = 20
/** Of a whole district, and of a tenth of it. */
const SIZES = {
  whole: { packs: { connections: 900, streams: 35 }, singles: { connections: 100, streams: 200 } },
  tenth: { packs: { connections: 90, streams: 35 }, singles: { connections: 10, streams: 200 } },
}
const RATE = { packs: 110_000 / READINGS_PER_PACK, singles: 20_000 }
/** One series in so many has a limit where it begins, so that its state changes now and then. */
const RESTLESS = 200

export interface LiveDistrict {
  readonly model: DistrictModel
  readonly rate: number
  /** Where the probes are. */
  readonly spot: readonly [longitude: number, latitude: number]
  jobs(mqttPort: number, seconds: number): LoadJob[]
}

export function createLiveDistrict(quick: boolean): LiveDistrict {
  const { packs, singles } = quick ? SIZES.tenth : SIZES.whole
  const share = quick ? 0.1 : 1
  const keys = keysOf(packs, singles)
  const model = createDistrict({ seed: 7, sensors: keys.length, source: SOURCE })
  const intervalMs = Math.round((packs.connections * packs.streams * 1000) / (RATE.packs * share))
  const series = keys.map(({ key, seed }, i) => ({
    ...(model.series[i % model.series.length] as SeriesDefinition),
    ...{ key, id: seriesIdText(seriesIdOf(key)), property: PROPERTY, unit: 'kW', intervalMs, validMin: null },
    validMax: i % RESTLESS === 0 ? walk(seed)() / 10 : null,
  }))
  const home = model.assets.find(({ kind }) => kind === 'energy-transfer-station') ?? model.assets[0]
  if (!home) throw new Error('the district has no assets')
  const probes = Array.from({ length: PROBE_SERIES }, (_, i) =>
    seriesDefinitionSchema.parse({
      ...{ key: probeKey(i), id: seriesIdText(seriesIdOf(probeKey(i))), property: 'n', assetId: home.id },
      ...{ source: 'probe', intervalMs: 1000 },
    }),
  )
  return {
    model: { ...model, series: [...series, ...probes] },
    rate: (RATE.packs * READINGS_PER_PACK + RATE.singles) * share,
    spot: [home.longitude, home.latitude],
    jobs: (port, seconds) => [
      jobOf(port, 'pack', packs, RATE.packs * share, seconds),
      jobOf(port, 'json', singles, RATE.singles * share, seconds),
    ],
  }
}

/** Registers the district and the people, and announces its series, before anything runs. */
export async function prepareLiveDistrict(logFolder: string, { model }: LiveDistrict, people: number): Promise<void> {
  const records = await openRecords(loadEngines({}), { dataDir: dirname(logFolder) })
  const log = await openEmbeddedLog({ folder: logFolder })
  try {
    await records.registry.importDistrict(model)
    await announcePending(log, records)
    const person = { displayName: 'Bench', role: 'operator', zones: [], enabled: true, language: 'en' } as const
    for (let i = 0; i < people; i++) await records.users.put({ name: personName(i), ...person }, PASSWORD)
  } finally {
    await log.close()
    await records.close()
  }
}

interface Load {
  readonly connections: number
  readonly streams: number
}

/** The keys that the generator makes, with what its walks begin from, in the order in which they travel together. */
function keysOf(packs: Load, singles: Load): { readonly key: string; readonly seed: number }[] {
  const keys: { key: string; seed: number }[] = []
  const each = ({ connections, streams }: Load, add: (c: number, s: number, seed: number) => void) => {
    for (let c = 0; c < connections; c++) for (let s = 0; s < streams; s++) add(c, s, c * 1000 + s * 31)
  }
  each(packs, (c, s, seed) => {
    for (let i = 0; i < READINGS_PER_PACK; i++)
      keys.push({ key: `${SOURCE}/packc${c}-${s}-${i}/${PROPERTY}`, seed: seed + i })
  })
  each(singles, (c, s, seed) => keys.push({ key: `${SOURCE}/jsonc${c}-${s}/${PROPERTY}`, seed }))
  return keys
}

const jobOf = (port: number, format: 'pack' | 'json', load: Load, rate: number, seconds: number): LoadJob => ({
  port,
  connections: load.connections,
  streamsPerConnection: load.streams,
  format,
  readings: format === 'pack' ? READINGS_PER_PACK : 1,
  source: SOURCE,
  devicePrefix: format,
  property: PROPERTY,
  startAt: Date.now(),
  stepMs: Math.round((load.connections * load.streams * 1000) / rate),
  window: 1000,
  onePerSegment: true,
  seconds,
  rate,
})
