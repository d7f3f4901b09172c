import { createHash, randomUUID } from 'node:crypto'
import { describe, it } from 'vitest'
import type { Clock } from '../runtime/clock.ts'
import { telemetryStoreContract } from './contract.ts'
import { type InfluxServer, openInfluxStore } from './influxdb.ts'

const clock: Clock = { now: () => 1_700_000_000_000, speed: 1 }

const addresses = JSON.parse(process.env.QUARTIER_TEST_INFLUX ?? '[]') as Omit<InfluxServer, 'name'>[]
const servers = addresses.map((address, i) => ({ ...address, name: `influx-${i + 1}` }))

if (servers.length === 0)
  describe('the InfluxDB store', () => {
    it.skip('needs InfluxDB servers: QUARTIER_TEST_INFLUX is not set', () => {})
  })
else {
  telemetryStoreContract('the InfluxDB store', (folder) =>
    openInfluxStore({ servers: servers.slice(0, 1), bucket: bucketFor(folder), clock, lingerMs: 5 }),
  )
  if (servers.length > 1) {
    telemetryStoreContract('the InfluxDB store on two servers', (folder) =>
      openInfluxStore({ servers, bucket: bucketFor(folder), clock, lingerMs: 5 }),
    )
    telemetryStoreContract('the InfluxDB store with two copies', (folder) =>
      openInfluxStore({ servers, copies: 2, bucket: bucketFor(folder), clock, lingerMs: 5 }),
    )
  }
}

const run = randomUUID()
/** A store of its own for every folder. */
function bucketFor(folder: string): string {
  return `test-${createHash('sha256').update(run).update(folder).digest('hex').slice(0, 16)}`
}
