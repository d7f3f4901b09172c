import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventCounts } from '../events/batch.ts'
import { EventBuilder } from '../events/builder.ts'
import type { DistrictEvent, NewEvent } from '../events/event.ts'
import { EVENT_KINDS, type EventKind, SEVERITIES } from '../events/kinds.ts'
import { isBalanced } from '../ledger/ledger.ts'
import { MARK_HISTORICAL } from '../readings/quality.ts'
import type { EventQuery, EventRetention, EventStore, EventWrite, Whereabouts } from './port.ts'

export interface EventStoreFixture {
  /** Opens the store; the second call of a test finds what the first has left. */
  open(retention?: Partial<EventRetention>): Promise<EventStore>
  remove(): Promise<void>
}

const DAY = 86_400_000
const T0 = Date.UTC(2026, 5, 1, 12)
export const RETENTION: EventRetention = { eventsMs: 30 * DAY, personalMs: DAY, bytes: 1e9 }
const EVERYTHING = { from: 0, to: 1e15 }

/** What every event store promises. */
export function describeEventStore(name: string, make: () => EventStoreFixture): void {
  let fixture: EventStoreFixture
  let store: EventStore

  beforeEach(async () => {
    fixture = make()
    store = await fixture.open()
  })
  afterEach(async () => {
    await store.close()
    await fixture.remove()
  })

  const reopen = async (retention?: Partial<EventRetention>) => {
    await store.close()
    store = await fixture.open(retention)
  }

  describe(`an event store: ${name}`, () => {
    it('gives back what it was given, newest first', async () => {
      const given = [event(0), event(1), event(2)]
      expect(await store.write([writeOf(given)], placeOf)).toEqual({ stored: 3, duplicates: 0, tooLate: 0 })
      const { events, next } = await store.search({ ...EVERYTHING, limit: 10 })
      expect(next).toBeUndefined()
      expect(events).toMatchObject([
        { ...shown(given[2] as NewEvent), assetId: 'asset-2', zoneId: 'zone-0', severity: 'info', quality: 0 },
        { ...shown(given[1] as NewEvent), assetId: 'asset-1', zoneId: 'zone-1' },
        { ...shown(given[0] as NewEvent), assetId: 'asset-0', zoneId: 'zone-0' },
      ])
      expect(events[0]).toMatchObject({ source: 's', receivedAt: T0 + 2_500, dataClass: 'none' })
    })

    it('keeps an event once, however often it is told', async () => {
      const given = [event(0), event(1, { id: 'mine' })]
      await store.write([writeOf([...given, ...given])], placeOf)
      expect(await store.write([writeOf(given, { from: 1 })], placeOf)).toMatchObject({ stored: 0, duplicates: 2 })
      await reopen()
      const again = [event(0), event(5, { device: 'd1', id: 'mine', attributes: { count: 99 } })]
      expect(await store.write([writeOf(again, { from: 2 })], placeOf)).toMatchObject({ stored: 0, duplicates: 2 })
      const { events } = await store.search({ ...EVERYTHING, limit: 10 })
      expect(events.map((e) => e.attributes.count)).toEqual([1, 0])
    })

    it('knows old events again that it has not kept in mind', async () => {
      const old = range(40).map((i) => event(i - 20_000))
      await store.write([writeOf(old, { receivedAt: T0 - 15_000_000 })], placeOf)
      for (let k = 1; k < 10; k++)
        await store.write(
          [
            writeOf(
              range(40).map((i) => event(k * 100 + i)),
              { from: k },
            ),
          ],
          placeOf,
        )
      await store.upkeep(T0)
      await reopen()
      const mixed = [...old, ...range(10).map((i) => event(i - 10_000))]
      expect(await store.write([writeOf(mixed, { from: 10, receivedAt: T0 + 9e6 })], placeOf)).toEqual({
        stored: 10,
        duplicates: 40,
        tooLate: 0,
      })
    })

    it('holds and finds each event once while pieces are merged again and again', async () => {
      for (let k = 0; k < 150; k++) {
        await store.write(
          [
            writeOf(
              range(5).map((i) => event(k * 5 + i)),
              { from: k },
            ),
          ],
          placeOf,
        )
        await store.upkeep(T0)
        if (k % 40 === 0) await store.search({ ...EVERYTHING, limit: 1000 })
      }
      expect(await store.usage()).toMatchObject({ events: 750 })
      const { events } = await store.search({ ...EVERYTHING, limit: 1000 })
      expect(events.map((e) => e.attributes.count)).toEqual(range(750).reverse())
    })

    it('tells devices apart whose events have one name', async () => {
      const given = [event(0, { device: 'a', id: 'x' }), event(0, { device: 'b', id: 'x' })]
      expect(await store.write([writeOf(given)], placeOf)).toMatchObject({ stored: 2 })
    })

    it('finds by time, kind, zone, asset, device, severity and text', async () => {
      const given: NewEvent[] = [
        event(0, { kind: 'door-forced', device: 'd1' }),
        event(1, { kind: 'line-crossed', device: 'd2' }),
        event(2, { kind: 'plate-seen', device: 'd3', attributes: { plateToken: 'Ab12' } }),
        event(3, { kind: 'lift-fault', device: 'd4', severity: 'critical' }),
      ]
      await store.write([writeOf(given)], placeOf)
      const find = async (query: Partial<EventQuery>) => {
        const { events } = await store.search({ ...EVERYTHING, limit: 10, ...query })
        return events.map((e) => e.device)
      }
      expect(await find({ from: T0 + 1_000, to: T0 + 3_000 })).toEqual(['d3', 'd2'])
      expect(await find({ kinds: ['door-forced', 'plate-seen'] })).toEqual(['d3', 'd1'])
      expect(await find({ zones: ['zone-1'] })).toEqual(['d3', 'd1'])
      expect(await find({ assets: ['asset-2', 'asset-9'] })).toEqual(['d2'])
      expect(await find({ devices: ['s/d4'] })).toEqual(['d4'])
      expect(await find({ severity: 'warning' })).toEqual(['d4', 'd1'])
      expect(await find({ text: 'AB1' })).toEqual(['d3'])
      expect(await find({ zones: ['zone-1'], kinds: ['line-crossed'] })).toEqual([])
      await expect(find({ before: 'nonsense' })).rejects.toMatchObject({ code: 'EVENTS_QUERY' })
    })

    it('gives every event on just one page', async () => {
      await fc.assert(
        fc.asyncProperty(
          aLoad,
          fc.integer({ min: 1, max: 9 }),
          fc.boolean(),
          async ({ events, query }, limit, tidy) => {
            const from = (await store.position())[0] ?? 0
            await store.write([writeOf(events.slice(0, 12), { from })], placeOf)
            await store.write([writeOf(events.slice(12), { from: from + 1 })], placeOf)
            if (tidy) await store.upkeep(T0)
            const whole = await store.search({ ...query, limit: 1000 })
            const paged: DistrictEvent[] = []
            for (let before: string | undefined, n = 0; n < 2000; n++) {
              const page = await store.search({ ...query, limit, before })
              expect(page.events.length).toBeLessThanOrEqual(limit)
              paged.push(...page.events)
              before = page.next
              if (before === undefined) break
            }
            expect(paged).toEqual(whole.events)
            for (const given of events.filter((e) => matches(e, query)))
              expect(paged.some((e) => e.device === given.device && e.measuredAt === given.measuredAt)).toBe(true)
            for (const e of paged) expect(matches(e, query)).toBe(true)
          },
        ),
        { numRuns: 25 },
      )
    }, 60_000)

    it('tells what has arrived since, also where it was merged meanwhile', async () => {
      const nothing = await store.arrivals()
      expect(nothing.events).toEqual([])
      const seen = new Set<unknown>()
      let cursor = nothing.cursor
      for (let k = 0; k < 90; k++) {
        await store.write([writeOf([event(k)], { from: k })], placeOf)
        await store.upkeep(T0)
        if (k % 3 > 0) continue
        const news = await store.arrivals(cursor)
        for (const e of news.events) seen.add(e.attributes.count)
        cursor = news.cursor
      }
      for (const e of (await store.arrivals(cursor)).events) seen.add(e.attributes.count)
      expect([...seen]).toEqual(range(90))
      expect((await store.arrivals(cursor)).events.length).toBeLessThan(20)
    })

    it('holds the position behind what it has stored, and stores nothing for those who have lost it', async () => {
      expect(await store.position()).toEqual({})
      await store.write([writeOf([event(0)], { from: 0 }), writeOf([event(1)], { partition: 3, from: 7 })], placeOf)
      await reopen()
      expect(await store.position()).toEqual({ 0: 1, 3: 8 })
      const late = store.write([writeOf([event(2)], { partition: 1 }), writeOf([event(3)])], placeOf)
      await expect(late).rejects.toMatchObject({ code: 'STORE_LOCKED' })
      expect((await store.search({ ...EVERYTHING, limit: 10 })).events).toHaveLength(2)
      expect(await store.write([writeOf([event(2), event(3)], { from: 1 })], placeOf)).toMatchObject({ stored: 2 })
    })

    it('keeps its side of the ledger until it is told, the same after a restart', async () => {
      await store.write([writeOf([event(0), event(0)], { rejected: { 'event-kind': 2 } })], placeOf)
      await store.write([writeOf([event(1)], { from: 1 }), writeOf([event(2)], { partition: 2, from: 5 })], placeOf)
      const first = await store.closeRanges()
      expect(first.entries).toMatchObject([
        {
          ...{ topic: 'events.v1', partition: 0, firstOffset: 0, nextOffset: 2, source: 's' },
          gateway: { readings: { received: 5, accepted: 3, rejected: { 'event-kind': 2 } } },
          store: { stored: 2, duplicates: 1, undecided: 0 },
        },
        { partition: 2, firstOffset: 5, nextOffset: 6, store: { stored: 1 } },
      ])
      expect(first.entries.every(isBalanced)).toBe(true)
      await reopen()
      await store.write([writeOf([event(3)], { from: 2 })], placeOf)
      const second = await store.closeRanges()
      expect(second.entries.slice(0, 2)).toEqual(first.entries)
      expect(second.entries).toHaveLength(3)
      await second.told()
      expect((await store.closeRanges()).entries).toEqual([])
    })

    it('refuses what is older than it keeps, unless it is history', async () => {
      const old = event(0, { measuredAt: T0 - 31 * DAY })
      const result = await store.write([writeOf([old, { ...old, device: 'h', quality: MARK_HISTORICAL }])], placeOf)
      expect(result).toEqual({ stored: 1, duplicates: 0, tooLate: 1 })
      const { entries } = await store.closeRanges()
      expect(entries[0]?.store.rejected).toEqual({ 'too-late': 1 })
      expect(entries.every(isBalanced)).toBe(true)
    })

    it('removes events when their time is over, those of people sooner', async () => {
      const person = event(0, { dataClass: 'pseudonymous', device: 'p' })
      await store.write([writeOf([person, event(0), event(1)])], placeOf)
      await store.upkeep(T0 + 2 * DAY)
      expect((await store.search({ ...EVERYTHING, limit: 10 })).events.map((e) => e.device)).toEqual(['d1', 'd0'])
      await store.upkeep(T0 + 31 * DAY)
      expect(await store.usage()).toMatchObject({ events: 0, oldestAt: null })
    })

    it('takes records that hold nothing, or could not be read', async () => {
      await store.write([writeOf([], { records: 3 })], placeOf)
      await store.write(
        [{ partition: 0, firstOffset: 3, nextOffset: 4, receivedAt: T0, columns: [], counts: [] }],
        placeOf,
      )
      expect(await store.position()).toEqual({ 0: 4 })
      expect(await store.usage()).toMatchObject({ events: 0 })
    })

    it('answers nothing once it is closed', async () => {
      await store.close()
      await expect(store.search({ ...EVERYTHING, limit: 1 })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
      await expect(store.write([], placeOf)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    })
  })
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

/** The `i`-th event: one a second, of a device of its own. */
const event = (i: number, other: Partial<NewEvent> = {}): NewEvent => ({
  device: `d${i}`,
  kind: 'line-crossed',
  measuredAt: T0 + i * 1000,
  attributes: { count: i },
  ...other,
})

const shown = ({ device, kind, measuredAt, attributes }: NewEvent) => ({ device, kind, measuredAt, attributes })

/** The device's number says which asset, and whether that is odd which zone. */
export function placeOf(owner: string): Whereabouts {
  const number = Number(owner.slice('s/d'.length))
  return Number.isNaN(number)
    ? { assetId: null, zoneId: null }
    : { assetId: `asset-${number}`, zoneId: `zone-${Math.abs(number) % 2}` }
}

interface WriteOptions {
  readonly partition?: number
  readonly from?: number
  readonly records?: number
  readonly receivedAt?: number
  readonly rejected?: Record<string, number>
}

/** A write of one record that holds these events of the source `s`, with what a gateway would have counted. */
export function writeOf(events: readonly NewEvent[], options: WriteOptions = {}): EventWrite {
  const { partition = 0, from = 0, records = 1, rejected = {} } = options
  const builder = new EventBuilder()
  for (const e of events) {
    const receivedAt = options.receivedAt ?? Math.max(e.measuredAt + 500, T0)
    const json = e.attributes ? JSON.stringify(e.attributes) : ''
    builder.add(`s/${e.device}`, e, json, { measuredAt: e.measuredAt, receivedAt, quality: e.quality ?? 0 })
  }
  const refused = Object.values(rejected).reduce((a, b) => a + b, 0)
  const counts: EventCounts[] =
    events.length + refused === 0
      ? []
      : [{ source: 's', received: events.length + refused, accepted: events.length, rejected, untimed: 0 }]
  return {
    partition,
    firstOffset: from,
    nextOffset: from + records,
    receivedAt: T0,
    columns: [builder.columns],
    counts,
  }
}

const kinds = Object.keys(EVENT_KINDS) as EventKind[]
const anEvent = fc.record({
  device: fc.integer({ min: 0, max: 9 }).map((n) => `d${n}`),
  kind: fc.constantFrom(...kinds),
  measuredAt: fc.integer({ min: T0 - 7_200_000, max: T0 + 7_200_000 }).map((at) => at - (at % 600_000)),
  severity: fc.constantFrom(...SEVERITIES),
  dataClass: fc.constantFrom('none' as const, 'pseudonymous' as const),
  id: fc.uuid(),
})
const some = <T>(of: fc.Arbitrary<T>) => fc.option(fc.array(of, { minLength: 1, maxLength: 4 }), { nil: undefined })
const aQuery = fc.record({
  from: fc.integer({ min: T0 - 7_200_000, max: T0 }),
  to: fc.integer({ min: T0, max: T0 + 7_200_000 }),
  kinds: some(fc.constantFrom(...kinds)),
  devices: some(fc.integer({ min: 0, max: 9 }).map((n) => `s/d${n}`)),
  severity: fc.option(fc.constantFrom(...SEVERITIES), { nil: undefined }),
})
const aLoad = fc.record({ events: fc.array(anEvent, { minLength: 1, maxLength: 40 }), query: aQuery })

function matches(e: Pick<NewEvent, 'device' | 'kind' | 'measuredAt' | 'severity'>, q: Partial<EventQuery>): boolean {
  const { from = 0, to = 1e15, kinds: wanted, devices, severity } = q
  return (
    e.measuredAt >= from &&
    e.measuredAt < to &&
    (!wanted || wanted.includes(e.kind)) &&
    (!devices || devices.includes(`s/${e.device}`)) &&
    (!severity || SEVERITIES.indexOf(e.severity ?? 'info') >= SEVERITIES.indexOf(severity))
  )
}
