import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteRecords } from './sqlite.ts'

/** lines */
async function* generated(count: number): AsyncIterable<string> {
  const properties = [
    'supply-temperature',
    'return-temperature',
    'co2',
    'occupancy',
    'power',
    'energy',
    'humidity',
    'status',
    'flow',
    'pressure',
    'vibration',
    'speed',
    'door',
  ]
  yield 'key,unit,interval_ms,valid_min,valid_max,asset,asset_kind,asset_name,place,place_kind,place_name,place_parent,longitude,latitude'
  for (let n = 0; n < count; n++) {
    const a = Math.floor(n / properties.length)
    const b = a % 400
    const p = properties[n % properties.length]
    yield `demo/ahu-${String(a).padStart(5, '0')}/${p},Cel,60000,-50,100,ahu-${String(a).padStart(5, '0')},kind-${a % 13},Air handler ${a},b-${b},building,Building ${b},,51.5,25.2`
  }
}
const folder = mkdtempSync(join(tmpdir(), 'registry-'))
const records = await openSqliteRecords({ path: join(folder, 'records.db') })
const t = performance.now()
const report = await records.registry.importSeriesCsv(generated(Number(process.argv[2] ?? 650000)))
console.log(
  report.accepted,
  report.refused.slice(0, 3),
  ((performance.now() - t) / 1000).toFixed(1),
  's',
  process.cpuUsage(),
  process.memoryUsage.rss() / 1e6,
)
await records.close()
rmSync(folder, { recursive: true })
