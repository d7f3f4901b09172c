// Imports 650,000 series from a generated CSV while announcing them, follows the log and times listings.
// node contracts/src/records/registry.bench.ts [series]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedLog } from '../event-log/embedded.ts'
import { SERIES } from '../topics.ts'
import { importSeries } from './announce.ts'
import { followSeries } from './follow-series.ts'
import type { RegistryStore, SeriesQuery } from './port.ts'
import { openSqliteRecords } from './sqlite.ts'

const PROPERTIES = [
  'supply-temperature',
  'return-temperature',
  'co2',
  'occupancy',
  'power',
  'energy',
  'humidity',
  'state',
  'flow',
  'pressure',
  'vibration',
  'speed',
  'door',
]
const ZONES = 20
const BUILDINGS = 400

const count = Number(process.argv[2] ?? 650_000)
const folder = mkdtempSync(join(tmpdir(), 'quartier-bench-'))
const records = await openSqliteRecords({ path: join(folder, 'records.db') })
const log = await openEmbeddedLog({ folder: join(folder, 'log') })
try {
  const imported = await timed('import of the CSV, announced', count, () =>
    importSeries(log, records, generated(count)),
  )
  if (imported.accepted !== count + ZONES) console.log('refused:', imported.refused.slice(0, 3))
  await timed('following from the start', count, () => follow())
  await listings(records.registry)
  await timed('import once more, unchanged', count, () => records.registry.importSeriesCsv(generated(count)))
  console.log(`resident ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`)
} finally {
  await records.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
}

/** One line a series, in an order that is not that of the keys; each zone comes with a series of its own. */
async function* generated(total: number): AsyncIterable<string> {
  yield 'key,unit,interval_ms,valid_min,valid_max,asset,asset_kind,asset_name,place,place_kind,place_name,place_parent,longitude,latitude'
  for (let z = 0; z < ZONES; z++) {
    yield `demo/zone-${z}/load,kW,60000,,,zone-meter-${z},meter,Zone meter ${z},z-${z},zone,Quarter ${z},,51.5,25.3`
  }
  for (let n = 0; n < total; n++) {
    const a = (Math.floor(n / PROPERTIES.length) * 7919) % 1_000_003
    const b = a % BUILDINGS
    const at = `${(51.5 + (a % 100) / 1e4).toFixed(4)},${(25.3 + (a % 77) / 1e4).toFixed(4)}`
    const asset = `ahu-${a},kind-${a % 13},Air handler ${a}`
    const place = `b-${b},building,Harbour tower ${b},z-${b % ZONES}`
    yield `demo/ahu-${a}/${PROPERTIES[n % PROPERTIES.length]},Cel,60000,-50,100,${asset},${place},${at}`
  }
}

async function follow(): Promise<void> {
  const ending = new AbortController()
  const next = (await log.ranges(SERIES))[0]?.next ?? 0
  let seen = 0
  const follower = followSeries(log, 'bench', ending.signal, (definitions) => {
    seen += definitions.length
  })
  await follower.caughtUp
  ending.abort()
  await follower.done
  if (seen !== next) throw new Error(`followed ${seen} of ${next}`)
}

async function listings(registry: RegistryStore): Promise<void> {
  const queries: SeriesQuery[] = [
    {},
    { text: 'demo' },
    { text: 'd' },
    { text: 'tower 41' },
    { text: 'ahu-9' },
    { text: 'supply temp', zoneId: 'z-7' },
    { text: 'absent' },
    { zoneId: 'z-7' },
    { zoneId: 'z-7', property: 'co2', assetKind: 'kind-3' },
    { assetKind: 'kind-3', status: 'active' },
    { status: 'quarantined' },
    { placeId: 'b-17' },
    { assetId: 'ahu-7919' },
  ]
  const far = (await registry.series({ after: 'demo/zone-19/load', limit: 1 }))[0]?.key
  for (const query of queries) {
    const first = await slowest(() => registry.series(query))
    const later = await slowest(() => registry.series({ ...query, after: far }))
    const asked = JSON.stringify(query)
    console.log(`${asked.padEnd(60)} first page ${first.toFixed(1)} ms, a later page ${later.toFixed(1)} ms`)
  }
  console.log(`counts ${(await slowest(() => registry.counts())).toFixed(1)} ms`)
}

/** The slowest of five calls, ms. */
async function slowest(work: () => Promise<unknown>): Promise<number> {
  let worst = 0
  for (let i = 0; i < 5; i++) {
    const from = performance.now()
    await work()
    worst = Math.max(worst, performance.now() - from)
  }
  return worst
}

async function timed<T>(what: string, rows: number, work: () => Promise<T>): Promise<T> {
  const from = performance.now()
  const before = process.cpuUsage()
  const result = await work()
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(before)
  const rate = Math.round(rows / seconds).toLocaleString('en')
  console.log(`${what}: ${seconds.toFixed(1)} s, ${rate} rows/s, ${((user + system) / 1e6).toFixed(1)} s of CPU`)
  return result
}
