import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createColumns } from '../readings/columns.ts'
import { wallClock } from '../runtime/clock.ts'
import { seriesIdOf } from '../series/id.ts'
import { openEmbeddedStore } from './embedded.ts'

const folder = mkdtempSync(join(tmpdir(), 'quartier-descriptors-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const KEY = 'city/lamp-1/power'
const ROWS = 1_000
const START = Date.UTC(2026, 0, 1)

function batch(firstOffset: number) {
  const columns = createColumns(ROWS)
  const { lo, hi } = seriesIdOf(KEY)
  for (let i = 0; i < ROWS; i++) {
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = columns.receivedAt[i] = START + (firstOffset * ROWS + i) * 1_000
    columns.value[i] = i
  }
  columns.length = ROWS
  return { partition: 0, firstOffset, nextOffset: firstOffset + 1, columns }
}

/** Takes every free descriptor but `spare`; gives them back when called. */
function exhaust(spare: number): () => void {
  const taken: number[] = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {
    for (const fd of taken.splice(0, spare)) closeSync(fd)
  }
  return () => {
    for (const fd of taken) closeSync(fd)
  }
}

it('loses nothing when descriptors run out at any moment of a flush', async () => {
  const options = { folder, clock: wallClock, flushEveryMs: 3_600_000 }
  let store = await openEmbeddedStore(options)
  await store.define([{ ...seriesIdOf(KEY), key: KEY, source: 'city', unit: 'W', intervalMs: 1_000 }])
  const flushes = 8
  for (let n = 0; n < flushes; n++) {
    await store.write([batch(n)])
    const release = exhaust(n)
    try {
      await store.flush().catch((error) => expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' }))
    } finally {
      release()
    }
    await store.flush()
    const [range] = await store.range([seriesIdOf(KEY)], START, Number.MAX_SAFE_INTEGER)
    expect(range?.value.length).toBe((n + 1) * ROWS)
  }
  await store.close()
  store = await openEmbeddedStore(options)
  expect((await store.range([seriesIdOf(KEY)], START, Number.MAX_SAFE_INTEGER))[0]?.value.length).toBe(flushes * ROWS)
  expect(await store.position()).toEqual({ 0: flushes })
  await store.close()
})
