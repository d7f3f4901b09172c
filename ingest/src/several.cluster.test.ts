import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { READINGS, seriesIdOf, topic } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { summarise } from '@quartier/contracts/ledger'
import { Pool } from '@quartier/contracts/postgres'
import { wallClock } from '@quartier/contracts/runtime'
import type { InfluxServer } from '@quartier/contracts/telemetry-store/influxdb'
import { openInfluxReader } from '@quartier/contracts/telemetry-store/influxdb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices } from './testing/readings.ts'
import { ledgerOf, SharedIngesters, WAIT } from './testing/shared-ingesters.ts'
import type { SharedSetup } from './testing/shared-process.ts'

const { QUARTIER_TEST_KAFKA: brokers, QUARTIER_TEST_POSTGRES: postgres, QUARTIER_TEST_INFLUX: influx } = process.env
const PARTS = topic(READINGS).partitions
const NOW = Date.now() - 3_600_000
const KILLS = 3

describe.skipIf(!brokers || !postgres || !influx)(
  'several ingesters on Kafka, InfluxDB and PostgreSQL (set QUARTIER_TEST_KAFKA, _INFLUX and _POSTGRES to run)',
  () => {
    let setup: SharedSetup & { servers: InfluxServer[]; bucket: string }
    let log: EventLog
    let devices: Devices
    let ingesters: SharedIngesters

    beforeEach(async () => {
      const name = `ingesters_${randomUUID().slice(0, 8)}`
      const servers = (JSON.parse(influx as string) as Omit<InfluxServer, 'name'>[]).map((s, i) => ({
        ...s,
        name: `influx-${i + 1}`,
      }))
      setup = {
        ...{ brokers: brokers as string, prefix: `${name}.`, postgres: postgres as string, schema: name },
        ...{ servers, bucket: name, leaseMs: 2_000 },
      }
      ingesters = new SharedIngesters(setup)
      log = await openKafkaLog({ brokers: setup.brokers, prefix: setup.prefix })
      devices = new Devices(log, { series: 60, from: NOW })
      await devices.define()
    })
    afterEach(async () => {
      ingesters.killAll()
      await log.close()
      const pool = new Pool({ url: postgres }, { name: 'test', connections: 1 })
      await pool.query(`drop schema if exists ${setup.schema} cascade`)
      await pool.close()
    })

    it('store every reading once and keep one ledger, although they are killed again and again', {
      timeout: 300_000,
    }, async () => {
      ingesters.begin()
      ingesters.begin()
      await ingesters.divided()
      const sending = sendUntil(devices)
      await ingesters.killInTurn(KILLS)
      await sending.stop()

      await vi.waitFor(async () => {
        const { sources, balanced } = summarise(await ledgerOf(log))
        expect(sources[0]).toMatchObject({ accepted: devices.readings, undecided: 0, rejected: {}, difference: 0 })
        expect(balanced).toBe(true)
      }, WAIT)
      await ingesters.stop()
      const all = Array.from({ length: devices.rounds }, (_, n) => n)
      const reader = await openInfluxReader({ ...setup, parts: PARTS, clock: wallClock })
      try {
        const ranges = await reader.range(devices.keys.map(seriesIdOf), 0, NOW * 2)
        for (const range of ranges) expect([...range.value]).toEqual(all)
        const { count } = await reader.windows([seriesIdOf(devices.keys[0] as string)], hourOf(NOW), hourOf(NOW) + 7_200_000, 3_600_000) // biome-ignore format: one line
        expect(count.reduce((sum, n) => sum + n, 0)).toBe(devices.rounds)
        const held = await reader.position()
        expect(Object.values(held).reduce((sum, n) => sum + n, 0)).toBe(devices.rounds * PARTS)
      } finally {
        await reader.close()
      }
    })
  },
)

const hourOf = (at: number): number => Math.floor(at / 3_600_000) * 3_600_000

function sendUntil(devices: Devices): { stop(): Promise<void> } {
  let going = true
  const done = (async () => {
    while (going) {
      await devices.send()
      await wait(10)
    }
  })()
  return {
    stop() {
      going = false
      return done
    },
  }
}
