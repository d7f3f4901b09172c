import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedStore, openEmbeddedStore } from './embedded.ts'
import { batch, definition } from './fixtures.ts'
import { openSql, type SqlDoor } from './sql.ts'

describe('the SQL door', () => {
  const A = 'plant/meter "1"/power, total'
  const B = 'plant/meter-2/power'
  const MINUTE = 60_000
  let folder: string
  let store: EmbeddedStore
  let sql: SqlDoor

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-sql-'))
    const clock = { now: () => 1_700_000_000_000, speed: 1 }
    store = await openEmbeddedStore({ folder, clock, compaction: { fan: 2 } })
    await store.define([definition(A), definition(B)])
    sql = await openSql(folder)
  })
  afterAll(async () => {
    await sql.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has its views before there is any reading', async () => {
    for (const view of ['readings', 'series', 'minutes', 'hours'])
      expect(await sql.query(`SELECT * FROM ${view}`)).toEqual([])
  })

  it('shows each reading once, as corrected, while the store is open', async () => {
    await store.write([
      batch(0, [
        { key: A, at: 0, value: 1.5, receivedAt: 70 },
        { key: A, at: MINUTE, value: 2.5 },
        { key: B, at: 0, value: 7 },
      ]),
    ])
    await store.flush()
    await store.write([batch(1, [{ key: A, at: MINUTE, value: 3.5, quality: 2 }])])
    await store.flush()
    for (const compacted of [false, true]) {
      if (compacted) await store.tidy()
      expect(
        await sql.query(
          'SELECT series, epoch_ms(measured_at) AS at, epoch_ms(received_at) AS received, value, quality FROM readings ORDER BY ALL',
        ),
      ).toEqual([
        { series: A, at: 0n, received: 70n, value: 1.5, quality: 0 },
        { series: A, at: 60_000n, received: 60_005n, value: 3.5, quality: 2 },
        { series: B, at: 0n, received: 5n, value: 7, quality: 0 },
      ])
    }
    expect(
      await sql.query(
        'SELECT series, epoch_ms(window_at) AS at, "count", mean, "last", not_good FROM minutes ORDER BY ALL',
      ),
    ).toEqual([
      { series: A, at: 0n, count: 1n, mean: 1.5, last: 1.5, not_good: 0n },
      { series: A, at: 60_000n, count: 1n, mean: 3.5, last: 3.5, not_good: 1n },
      { series: B, at: 0n, count: 1n, mean: 7, last: 7, not_good: 0n },
    ])
  })

  it('refuses everything but one query', async () => {
    for (const statement of [
      'DROP VIEW readings',
      `COPY (SELECT 1) TO '${folder}/x.csv'`,
      'SELECT 1; SELECT 2',
      'SELEKT 1',
      '',
    ])
      await expect(sql.query(statement)).rejects.toMatchObject({ code: 'SQL_REFUSED' })
  })
})
