import { createHash } from 'node:crypto'
import { describe } from 'vitest'
import type { Clock } from '../runtime/clock.ts'
import { telemetryStoreContract } from './contract.ts'
import { newBucket, testServers } from './influxdb/testing/servers.ts'
import { openInfluxStore } from './influxdb.ts'

const clock: Clock = { now: () => 1_700_000_000_000, speed: 1 }
const servers = testServers()
const run = newBucket()
/** A store of its own for every folder. */
const bucketFor = (folder: string) => `${run}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`

describe.skipIf(servers.length < 1)('with one server in QUARTIER_TEST_INFLUX', () => {
  telemetryStoreContract('the InfluxDB store', (folder) =>
    openInfluxStore({ servers: servers.slice(0, 1), bucket: bucketFor(folder), clock, lingerMs: 5 }),
  )
})

describe.skipIf(servers.length < 2)('with two servers in QUARTIER_TEST_INFLUX', () => {
  telemetryStoreContract('the InfluxDB store on two servers', (folder) =>
    openInfluxStore({ servers, bucket: bucketFor(folder), clock, lingerMs: 5 }),
  )
  telemetryStoreContract('the InfluxDB store with two copies', (folder) =>
    openInfluxStore({ servers, copies: 2, bucket: bucketFor(folder), clock, lingerMs: 5 }),
  )
})
