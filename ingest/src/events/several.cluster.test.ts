import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog } from '@quartier/contracts/event-log'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { RETENTION } from '@quartier/contracts/event-store/contract'
import { openPostgresEventStore } from '@quartier/contracts/event-store/postgres'
import { summarise } from '@quartier/contracts/ledger'
import { Pool } from '@quartier/contracts/postgres'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { storedEvents, writeEvents } from '../testing/event-writer.ts'
import { ledgerOf, SharedIngesters, WAIT } from '../testing/shared-ingesters.ts'

const { QUARTIER_TEST_KAFKA: brokers, QUARTIER_TEST_POSTGRES: postgres } = process.env
const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
const KILLS = 3

describe.skipIf(!brokers || !postgres)(
  'several ingesters of events on Kafka and PostgreSQL (set QUARTIER_TEST_KAFKA and QUARTIER_TEST_POSTGRES to run)',
  () => {
    const name = `events_${randomUUID().slice(0, 8)}`
    const at = { url: postgres as string, schema: name }
    let folder: string
    let log: EventLog
    let ingesters: SharedIngesters

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'quartier-several-events-'))
      const kafka = { brokers: brokers as string, prefix: `${name}.` }
      ingesters = new SharedIngesters({ ...kafka, postgres: at.url, schema: name, folder, leaseMs: 2_000 })
      log = await openKafkaLog(kafka)
    })
    afterEach(async () => {
      ingesters.killAll()
      await log.close()
      const pool = new Pool({ url: at.url }, { name: 'test', connections: 1 })
      await pool.query(`drop schema if exists ${name} cascade`)
      await pool.close()
      rmSync(folder, { recursive: true, force: true })
    })

    it('store every event once and keep one ledger, although they are killed again and again', {
      timeout: 300_000,
    }, async () => {
      ingesters.begin()
      ingesters.begin()
      await ingesters.divided()
      const writer = writeEvents(log, START, 10)
      await ingesters.killInTurn(KILLS)
      const { events, duplicates } = await writer.stop()

      await vi.waitFor(async () => {
        const { sources, balanced } = summarise(await ledgerOf(log))
        expect(sources[0]?.events).toMatchObject({ accepted: events + duplicates, stored: events, duplicates })
        expect(balanced).toBe(true)
      }, WAIT)
      await ingesters.stop()
      const store = await openPostgresEventStore({ ...at, retention: RETENTION })
      try {
        const stored = await storedEvents(store)
        expect(stored).toHaveLength(events)
        expect(new Set(stored).size).toBe(events)
      } finally {
        await store.close()
      }
    })
  },
)
