import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { NewEvent } from '../events/event.ts'
import { placeOf, RETENTION, writeOf } from './contract.ts'
import { openEmbeddedEventReader, openEmbeddedEventStore } from './embedded.ts'
import type { EventStore } from './port.ts'

let path: string
let store: EventStore

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'quartier-events-')), 'events.db')
  store = open()
})
afterEach(async () => {
  await store.close()
  rmSync(join(path, '..'), { recursive: true })
})

const open = (bytes = 1e9) => openEmbeddedEventStore({ path, retention: { ...RETENTION, bytes }, busyMs: 20 })
const NOW = Date.UTC(2026, 5, 1, 12)
const event = (i: number): NewEvent => ({
  device: `d${i % 50}`,
  kind: 'motion',
  measuredAt: NOW + i,
  attributes: { count: i },
})
const events = (from: number, n: number) => Array.from({ length: n }, (_, i) => event(from + i))
const all = { from: 0, to: 1e15, limit: 1000 }

it('what could not be written is new when it is written again, and a duplicate once it was', async () => {
  const writes = [writeOf(events(0, 3))]
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  for (let i = 0; i < 2; i++)
    await expect(store.write(writes, placeOf)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
  other.exec('rollback')
  other.close()
  expect(await store.write(writes, placeOf)).toEqual({ stored: 3, duplicates: 0, tooLate: 0 })
  expect(await store.write([writeOf(events(0, 4), { from: 1 })], placeOf)).toMatchObject({ stored: 1, duplicates: 3 })
})

it('after a write that was given up, others are judged by what is stored', async () => {
  const locked = [writeOf(events(0, 3), { from: 5 })]
  await store.write([writeOf(events(10, 1), { records: 7 })], placeOf)
  await expect(store.write(locked, placeOf)).rejects.toMatchObject({ code: 'STORE_LOCKED' })
  expect(await store.write([writeOf(events(0, 3), { from: 7 })], placeOf)).toMatchObject({ stored: 3, duplicates: 0 })
})

it('much at once, also of several hours, is found whole and known again', async () => {
  const many = [...events(0, 20_000), ...events(3_600_000 * 2, 500)]
  const personal = many
    .slice(0, 9000)
    .map((e) => ({ ...e, device: 'p', dataClass: 'pseudonymous' as const, id: `${e.measuredAt}` }))
  const wanted = many.length + personal.length
  expect(await store.write([writeOf([...many, ...personal])], placeOf)).toMatchObject({ stored: wanted, duplicates: 0 })
  await store.upkeep(NOW)
  await store.close()
  store = open()
  expect(await store.write([writeOf(many, { from: 1 })], placeOf)).toMatchObject({ stored: 0, duplicates: many.length })
  expect(await store.usage()).toMatchObject({ events: wanted })
  const ids = new Set<string>()
  for (let before: string | undefined; ; ) {
    const page = await store.search({ ...all, before })
    for (const e of page.events) ids.add(`${e.id} ${e.device} ${e.attributes.count}`)
    before = page.next
    if (before === undefined) break
  }
  expect(ids.size).toBe(wanted)
  expect((await store.search({ ...all, devices: ['s/d7'], kinds: ['motion'] })).events).toHaveLength(410)
})

it('a search goes on through any number of pieces that end at one instant, or that overlap', async () => {
  for (let k = 0; k < 40; k++) {
    const same = [0, 1000, 60_000].map((after) => ({ ...event(k), measuredAt: NOW + after, id: `${k} ${after}` }))
    const wide = [k, 30_000 + k, 90_000 + k].map((after) => ({
      ...event(k),
      measuredAt: NOW + after,
      id: `w${k} ${after}`,
    }))
    await store.write([writeOf([...same, ...wide], { from: k })], placeOf)
  }
  const ids = new Set<string>()
  let pages = 0
  for (let before: string | undefined; ; pages++) {
    const page = await store.search({ ...all, limit: 50, before })
    for (const e of page.events) ids.add(e.id)
    before = page.next
    if (before === undefined || pages > 50) break
  }
  expect(ids.size).toBe(240)
  expect(pages).toBeLessThan(10)
})

it('the oldest go first when there is no more room', async () => {
  const perHour = (k: number) => events(0, 400).map((e) => ({ ...e, measuredAt: e.measuredAt + k * 3_600_000 }))
  for (let k = 0; k < 40; k++) await store.write([writeOf(perHour(k), { from: k })], placeOf)
  await store.upkeep(NOW)
  const { bytes } = await store.usage()
  await store.close()
  store = open(bytes / 2)
  await store.upkeep(NOW)
  const left = await store.usage()
  expect(left.bytes).toBeLessThanOrEqual(bytes / 2)
  expect(left.events).toBeGreaterThan(0)
  expect(left.oldestAt).toBeGreaterThan(NOW + 10 * 3_600_000)
})

it('a reader finds nothing before anybody has written, and everything afterwards', async () => {
  const reader = openEmbeddedEventReader({ path: `${path}-not-yet` })
  expect(await reader.search(all)).toEqual({ events: [] })
  await expect(reader.search({ ...all, before: 'x' })).rejects.toMatchObject({ code: 'EVENTS_QUERY' })
  await reader.close()
  await store.write([writeOf(events(0, 3))], placeOf)
  const other = openEmbeddedEventReader({ path })
  expect((await other.search(all)).events).toHaveLength(3)
  await other.close()
  await expect(other.search(all)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
})
