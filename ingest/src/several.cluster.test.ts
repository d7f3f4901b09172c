import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { LEDGER, type LedgerEntry, READINGS, seriesIdOf, topic } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { summarise } from '@quartier/contracts/ledger'
import { Pool } from '@quartier/contracts/postgres'
import { wallClock } from '@quartier/contracts/runtime'
import type { InfluxServer } from '@quartier/contracts/telemetry-store/influxdb'
import { openInfluxReader } from '@quartier/contracts/telemetry-store/influxdb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Devices } from './testing/readings.ts'
import type { SharedSetup } from './testing/shared-process.ts'

const { QUARTIER_TEST_KAFKA: brokers, QUARTIER_TEST_POSTGRES: postgres, QUARTIER_TEST_INFLUX: influx } = process.env
const PARTS = topic(READINGS).partitions
const WAIT = { timeout: 60_000, interval: 100 }
const NOW = Date.now() - 3_600_000
const KILLS = 3

describe.skipIf(!brokers || !postgres || !influx)(
  'several ingesters on Kafka, InfluxDB and PostgreSQL (set QUARTIER_TEST_KAFKA, _INFLUX and _POSTGRES to run)',
  () => {
    let setup: SharedSetup
    let log: EventLog
    let devices: Devices
    const running = new Set<Ingester>()

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
      log = await openKafkaLog({ brokers: setup.brokers, prefix: setup.prefix })
      devices = new Devices(log, { series: 60, from: NOW })
      await devices.define()
    })
    afterEach(async () => {
      for (const ingester of running) ingester.kill()
      await log.close()
      const pool = new Pool({ url: postgres }, { name: 'test', connections: 1 })
      await pool.query(`drop schema if exists ${setup.schema} cascade`)
      await pool.close()
    })

    const begin = () => {
      const ingester = new Ingester(setup)
      running.add(ingester)
      return ingester
    }
    /** The partitions are divided evenly among those that run. */
    const divided = () =>
      vi.waitFor(() => {
        const shares = [...running].map((i) => [...i.partitions])
        expect(shares.flat().sort()).toEqual(Array.from({ length: PARTS }, (_, p) => p))
        expect(Math.max(...shares.map((s) => s.length))).toBe(Math.ceil(PARTS / running.size))
      }, WAIT)

    it('store every reading once and keep one ledger, although they are killed again and again', {
      timeout: 300_000,
    }, async () => {
      begin()
      begin()
      await divided()
      const sending = sendUntil(devices)
      for (let kill = 0; kill < KILLS; kill++) {
        await wait(1_500)
        const victim = [...running][kill % 2] as Ingester
        victim.kill()
        running.delete(victim)
        if (kill === 0) await divided() // the other has everything
        begin()
        await divided()
      }
      await sending.stop()

      await vi.waitFor(async () => {
        const { sources, balanced } = summarise(await ledger(log))
        expect(sources[0]).toMatchObject({ accepted: devices.readings, undecided: 0, rejected: {}, difference: 0 })
        expect(balanced).toBe(true)
      }, WAIT)
      for (const ingester of running) {
        expect(ingester.troubles).toEqual([])
        await ingester.stop()
      }
      running.clear()
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

async function ledger(log: EventLog): Promise<LedgerEntry[]> {
  const records = await log.read(LEDGER, { partition: 0, offset: 0 }, 1e5)
  return records.map((r) => JSON.parse(Buffer.from(r.value).toString()) as LedgerEntry)
}

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

/** A process of its own, so that it can be killed. */
class Ingester {
  readonly partitions = new Set<number>()
  readonly troubles: object[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(setup: SharedSetup) {
    this.#child = fork(join(import.meta.dirname, 'testing/shared-process.ts'), [JSON.stringify(setup)])
    this.#child.on('message', (m) => this.#hear(m as { event: string; partition: number }))
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve))
  }

  #hear(message: { event: string; partition: number }): void {
    if (message.event === 'ingest.partition_taken') this.partitions.add(message.partition)
    else if (message.event === 'ingest.partition_given') this.partitions.delete(message.partition)
    else if (['fatal', 'ledger.imbalance', 'ingest.broken'].includes(message.event)) this.troubles.push(message)
  }

  kill(): void {
    this.partitions.clear()
    this.#child.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    this.#child.send('stop')
    await this.#ended
  }
}
