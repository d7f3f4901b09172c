import { join } from 'node:path'
import { conversionOf, seriesIdOf } from '@quartier/contracts'
import type { SeriesRange, TelemetryStore } from '@quartier/contracts/telemetry-store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBroker, type TestBroker } from '../testing/broker.ts'
import { folderWith } from '../testing/folder.ts'
import { until } from '../testing/until.ts'
import { planReplay } from './plan.ts'
import { type ReplayProgress, runReplay } from './run.ts'
import { verifyReplay } from './verify.ts'

const STEPS = 40
const csv = ['t,a,b,c', ...Array.from({ length: STEPS }, (_, i) => `${i * 60},${i},${i % 3 === 0 ? '' : i / 7},${-i}`)]
const mapping = { source: 'town', time: { column: 't', format: 's' }, values: { devices: { property: 'flow' } } }
const plan = (options: object) => {
  const folder = folderWith({ 'data.csv': csv.join('\n'), 'mapping.json': mapping })
  return planReplay(join(folder, 'data.csv'), { mapping: join(folder, 'mapping.json'), ...options })
}

/** What a broker received as single values, as a store would give it back. */
function storeOf(broker: TestBroker, change = (_key: string, value: number) => value): Pick<TelemetryStore, 'range'> {
  const held = new Map<string, Map<number, number>>()
  for (const { topic, payload } of broker.received) {
    const key = topic.replace(/^t\/([^/]+)\/d\//, '$1/')
    const { ts, value } = JSON.parse(payload.toString()) as { ts: number; value: number }
    held.set(key, (held.get(key) ?? new Map()).set(ts, change(key, value)))
  }
  return {
    range: async (ids, from, to) =>
      ids.map((id): SeriesRange => {
        const [, readings] = [...held].find(([key]) => seriesIdOf(key).lo === id.lo) ?? ['', new Map()]
        const rows = [...readings].filter(([at]) => at >= from && at < to).sort((a, b) => a[0] - b[0])
        const [at, value] = [Float64Array.from(rows, (r) => r[0]), Float64Array.from(rows, (r) => r[1])]
        return { series: id, measuredAt: at, value, quality: new Uint8Array(rows.length) }
      }),
  }
}

describe('a replay', () => {
  let broker: TestBroker
  beforeEach(async () => {
    broker = await startBroker()
  })
  afterEach(() => broker.close())

  it('sends every reading once, in order, on an axis that begins now, and can be compared with a store', async () => {
    const p = await plan({ speed: 10_000 })
    const seen: ReplayProgress[] = []
    const report = await runReplay(p, { url: broker.url, single: true, onProgress: (x) => seen.push(x) })
    expect(report).toMatchObject({ sent: p.total, acknowledged: p.total, stopped: false })
    expect(broker.received).toHaveLength(p.total)
    const times = broker.received.map((m) => (JSON.parse(m.payload.toString()) as { ts: number }).ts)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect([times[0], times.at(-1)]).toEqual([report.startAt, report.startAt + (STEPS - 1) * 6])
    expect(seen.at(-1)).toMatchObject({ sent: p.total, acknowledged: p.total, total: p.total, etaMs: 0 })
    const verified = await verifyReplay(p, storeOf(broker), report.startAt)
    expect(verified).toMatchObject({ equal: true, expected: p.total, found: p.total, checksum: report.checksum })
  })

  it('sends one pack for each step otherwise', async () => {
    const p = await plan({ speed: 10_000 })
    const report = await runReplay(p, { url: broker.url })
    expect(report.acknowledged).toBe(p.total)
    expect(broker.received).toHaveLength(STEPS)
    expect(new Set(broker.received.map((m) => m.topic))).toEqual(new Set(['pack/town/replay']))
  })

  it('keeps the original times when asked to, and marks its series historical', async () => {
    const p = await plan({ speed: 10_000, keepTime: true })
    await runReplay(p, { url: broker.url, single: true })
    const last = JSON.parse(broker.received.at(-1)!.payload.toString()) as { ts: number }
    expect(last.ts).toBe((STEPS - 1) * 60_000)
    expect(p.model.series.every((s) => s.historical && s.intervalMs === 60_000)).toBe(true)
  })

  it('finds a reading that is missing, different or too many', async () => {
    const p = await plan({ speed: 10_000 })
    const { startAt } = await runReplay(p, { url: broker.url, single: true })
    const wrong = storeOf(broker, (key, value) => (key === 'town/a/flow' && value === 5 ? 6 : value))
    expect(await verifyReplay(p, wrong, startAt)).toMatchObject({ equal: false, different: 1, missing: 0 })
    const lost = broker.received.splice(50, 2)
    expect(await verifyReplay(p, storeOf(broker), startAt)).toMatchObject({
      equal: false,
      missing: 2,
      found: p.total - 2,
    })
    broker.received.push(...lost, { ...lost[0]!, payload: Buffer.from(`{"ts":${startAt + 1},"value":1}`) })
    const more = await verifyReplay(p, storeOf(broker), startAt)
    expect(more).toMatchObject({ equal: false, missing: 0, unexpected: 1 })
    expect(more.examples[0]).toMatch(/^unexpected: town\//)
  })

  it('is equal in the unit that the store holds, and tells the checksum of what was sent', async () => {
    const p = await plan({ speed: 10_000 })
    const { startAt, checksum } = await runReplay(p, { url: broker.url, single: true })
    const inCanonicalUnit = (key: string, value: number) => (key === 'town/a/flow' ? value * 1.609344 : value)
    const store = storeOf(broker, inCanonicalUnit)
    const conversion = (key: string) => (key === 'town/a/flow' ? conversionOf('mph') : undefined)
    expect(await verifyReplay(p, store, startAt, { conversion })).toMatchObject({ equal: true, checksum })
    expect((await verifyReplay(p, store, startAt)).equal).toBe(false)
  })

  it('waits while nothing is acknowledged, with a bounded number under way, and survives a break', async () => {
    const p = await plan({ speed: 60_000 })
    broker.acknowledge = false
    const underWay: number[] = []
    const onProgress = (x: ReplayProgress) => underWay.push(x.sent - x.acknowledged)
    const running = runReplay(p, { url: broker.url, single: true, window: 7, onProgress })
    await until('the first reading is there', () => broker.received.length > 0)
    broker.dropAll()
    broker.acknowledge = true
    const report = await running
    expect(report).toMatchObject({ sent: p.total, acknowledged: p.total })
    expect(Math.max(...underWay)).toBeLessThanOrEqual(7)
    expect((await verifyReplay(p, storeOf(broker), report.startAt)).equal).toBe(true)
  })

  it('stops when told to', async () => {
    const stop = new AbortController()
    const running = runReplay(await plan({ speed: 1 }), { url: broker.url, signal: stop.signal })
    await until('the first step is there', () => broker.received.length === 1)
    stop.abort()
    expect(await running).toMatchObject({ stopped: true, sent: 2 })
  })

  it('does not try again when name and secret are refused', async () => {
    const credentials = { name: broker.stranger, secret: 'x' }
    await expect(runReplay(await plan({}), { url: broker.url, credentials })).rejects.toMatchObject({
      code: 'REPLAY_REFUSED',
      message: expect.stringContaining('Bad username or password'),
    })
  })

  it('says why no connection came about', async () => {
    const { url } = broker
    await broker.close()
    const stop = AbortSignal.timeout(60_000)
    await expect(runReplay(await plan({}), { url, signal: stop, connectWithinMs: 300 })).rejects.toMatchObject({
      code: 'REPLAY_REFUSED',
      message: expect.stringContaining('ECONNREFUSED'),
    })
    broker = await startBroker()
  })
})
