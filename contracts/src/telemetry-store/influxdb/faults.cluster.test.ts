import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import * as influxd from '../../../../infra/cluster/influxdb.ts'
import type { Clock } from '../../runtime/clock.ts'
import { seriesIdOf } from '../../series/id.ts'
import { batch, definition } from '../fixtures.ts'
import { type InfluxStore, type InfluxStoreOptions, openInfluxStore } from '../influxdb.ts'
import { type FaultyProxy, newBucket, startProxy, type Trouble, testServers } from './testing/servers.ts'

const [server, second] = testServers()
const clock: Clock = { now: () => 1_700_000_000_000, speed: 1 }
const MINUTE = 60_000
const HOUR = 3_600_000
const KEYS = Array.from({ length: 40 }, (_, i) => `plant/meter-${i}/power`)
const IDS = KEYS.map(seriesIdOf)
const none: Trouble = () => 'pass'
const isWrite = (path: string) => path.startsWith('/api/v2/write')

describe.skipIf(!server)('the InfluxDB store under faults', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  const open = async (options: Pick<InfluxStoreOptions, 'servers' | 'bucket'> & Partial<InfluxStoreOptions>) => {
    const store = await openInfluxStore({ clock, lingerMs: 2, patienceMs: 2500, ...options })
    ends.push(() => store.close())
    await store.define(KEYS.map((key) => definition(key)))
    return store
  }
  const proxied = async (trouble: Trouble = none, to = server) => {
    const proxy = await startProxy(to as NonNullable<typeof server>, trouble)
    ends.push(() => proxy.close())
    return proxy
  }
  /** Ends a store as a crash would: nothing of it reaches the server any more. */
  const crash = async (store: InfluxStore, proxy: FaultyProxy) => {
    proxy.trouble = () => 'reset'
    await store.close()
    proxy.trouble = none
  }
  const roundAt = (n: number) =>
    batch(
      n,
      KEYS.map((key, i) => ({ key, at: n * 20_000, value: n + i / 100 })),
    )
  /** Writes as ingest does: the same call again while its error is retriable. */
  const insist = async (work: () => Promise<void>) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (attempt > 200 || !(error as { retriable?: boolean }).retriable) throw error
      }
    }
  }
  /** Every reading of the rounds is there once, and the rollups say the same. */
  const expectRounds = async (store: InfluxStore, rounds: number) => {
    const ranges = await store.range(IDS, -HOUR, 1e12)
    ranges.forEach((r, i) => {
      expect([...r.measuredAt]).toEqual(Array.from({ length: rounds }, (_, n) => n * 20_000))
      expect([...r.value]).toEqual(Array.from({ length: rounds }, (_, n) => n + i / 100))
    })
    const to = Math.ceil((rounds * 20_000) / HOUR) * HOUR
    for (const stepMs of [MINUTE, HOUR]) {
      const { count } = await store.windows(IDS, 0, to, stepMs)
      expect(count.reduce((a, b) => a + b, 0)).toBe(rounds * KEYS.length)
    }
  }

  it('waits as long as the server asks when it answers 503 and 429, and loses nothing', async () => {
    const proxy = await proxied()
    const store = await open({ servers: [proxy.server], bucket: newBucket(), patienceMs: 20_000 })
    let writes = 0
    proxy.trouble = (path) => {
      if (!isWrite(path) || ++writes > 4) return 'pass'
      return writes === 1 ? { status: 503, retryAfter: '1' } : writes === 2 ? { status: 429 } : { status: 503 }
    }
    const before = proxy.requests.length
    await store.write([roundAt(0), roundAt(1)])
    await store.flush()
    const [first, next] = proxy.requests.slice(before)
    expect((next?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1000)
    expect(await store.position()).toEqual({ 0: 2 })
    expect(store.missing()).toEqual([])
    await expectRounds(store, 2)
  })

  it('writes no reading twice when the answer to a write is lost', async () => {
    const proxy = await proxied()
    const store = await open({ servers: [proxy.server], bucket: newBucket(), patienceMs: 20_000 })
    let writes = 0
    proxy.trouble = (path) => (isWrite(path) && ++writes % 2 === 1 ? 'swallow' : 'pass')
    for (let n = 0; n < 4; n++) await store.write([roundAt(n)])
    await store.flush()
    await expectRounds(store, 4)
  })

  it('fails retriably while the server is away, keeps what it accepted, and goes on when it is back', async () => {
    const proxy = await proxied()
    const bucket = newBucket()
    const store = await open({ servers: [proxy.server], bucket })
    await store.write([roundAt(0)])
    await store.flush()
    proxy.trouble = () => 'reset'
    await store.write([roundAt(1)])
    await expect(store.flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true })
    await expect(store.range(IDS, 0, HOUR)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/slots on influx-1, with 40 of 40 series, is missing/),
    })
    expect(store.missing()).toEqual([{ server: 'influx-1', slots: 256, reason: expect.any(String) }])
    expect(await store.position()).toEqual({ 0: 1 })
    expect((await store.last([seriesIdOf(KEYS[3] as string)])).value[0]).toBe(1.03)
    proxy.trouble = none
    await store.write([roundAt(1), roundAt(2)])
    await insist(() => store.flush())
    expect(await store.position()).toEqual({ 0: 3 })
    await expectRounds(store, 3)
  })

  it('goes on from its position after a crash, and what is replayed is neither doubled nor miscounted in windows', async () => {
    const proxy = await proxied()
    const bucket = newBucket()
    const store = await open({ servers: [proxy.server], bucket })
    for (let n = 0; n < 5; n++) await store.write([roundAt(n)])
    await store.flush()
    for (let n = 5; n < 200; n++) await store.write([roundAt(n)])
    await store.range(IDS, 0, 1) // everything is on the server, and no position says so
    await crash(store, proxy)
    const again = await open({ servers: [proxy.server], bucket, patienceMs: 20_000 })
    const from = (await again.position())[0] ?? 0
    expect(from).toBe(5)
    expect((await again.last([IDS[0] as (typeof IDS)[0]])).measuredAt[0]).toBe(4 * 20_000)
    for (let n = from; n < 210; n++) await again.write([roundAt(n)])
    await again.flush()
    await expectRounds(again, 210)
    expect((await again.usage()).readings).toBe(210 * KEYS.length)
  })

  it('replays corrections and late readings over what a crashed run had written already', async () => {
    const proxy = await proxied()
    const bucket = newBucket()
    const [A] = KEYS as [string]
    const rows = [
      batch(0, [{ key: A, at: 10_000, value: 1, quality: 2 }]),
      batch(1, [{ key: A, at: 90_000, value: 5 }]),
      batch(2, [{ key: A, at: 10_000, value: 2 }]),
      batch(3, [{ key: A, at: 20_000, value: 4 }]),
      batch(4, [{ key: A, at: 90_000, value: 7 }]),
      batch(5, [{ key: A, at: HOUR, value: 1 }]),
    ]
    const store = await open({ servers: [proxy.server], bucket })
    await store.write(rows.slice(0, 1))
    await store.flush()
    await store.write(rows.slice(1))
    await store.range(IDS, 0, HOUR)
    await crash(store, proxy)
    const again = await open({ servers: [proxy.server], bucket, patienceMs: 20_000 })
    await again.write(rows)
    const [r] = await again.range([seriesIdOf(A)], 0, 2 * HOUR)
    expect([[...(r?.measuredAt ?? [])], [...(r?.value ?? [])], [...(r?.quality ?? [])]]).toEqual([
      [10_000, 20_000, 90_000, HOUR],
      [2, 4, 7, 1],
      [0, 0, 0, 0],
    ])
    await again.flush()
    for (const stepMs of [MINUTE, HOUR]) {
      const w = await again.windows([seriesIdOf(A)], 0, 2 * HOUR, stepMs)
      const filled = [...w.count].flatMap((n, i) => (n > 0 ? [[n, w.mean[i], w.last[i], w.notGood[i]]] : []))
      const minutes = [
        [2, 3, 4, 0],
        [1, 7, 7, 0],
      ]
      expect(filled).toEqual([...(stepMs === MINUTE ? minutes : [[3, 13 / 3, 7, 0]]), [1, 1, 1, 0]])
    }
  })

  it('lets the process that opened the store last go on, and ends the one before', async () => {
    const bucket = newBucket()
    const servers = [server as NonNullable<typeof server>]
    const first = await open({ servers, bucket, patienceMs: 20_000 })
    await first.write([roundAt(0)])
    await first.flush()
    await first.write([roundAt(1)])
    const next = await open({ servers, bucket, patienceMs: 20_000 })
    await expect(first.flush()).rejects.toMatchObject({ code: 'STORE_LOCKED', retriable: false })
    await expect(first.write([roundAt(2)])).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    expect(await next.position()).toEqual({ 0: 1 })
    await next.write([roundAt(1), roundAt(2)])
    await next.flush()
    await expectRounds(next, 3)
  })

  it('sets aside a line that the server refuses and keeps all others', async () => {
    const store = await open({
      servers: [server as NonNullable<typeof server>],
      bucket: newBucket(),
      patienceMs: 20_000,
    })
    const readings = KEYS.map((key, i) => ({ key, at: 1000, value: i === 7 ? Number.NaN : i }))
    await store.write([batch(0, readings)])
    await store.flush()
    expect(store.refusedLines()).toBe(1)
    const held = await store.range(IDS, 0, HOUR)
    expect(held.map((r) => r.value.length)).toEqual(KEYS.map((_, i) => (i === 7 ? 0 : 1)))
  })

  it.runIf(influxd.isInstalled())(
    'has everything once when the server itself is killed in mid-write and started again',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'quartier-influx-'))
      ends.push(() => rmSync(folder, { recursive: true, force: true }))
      let running = await influxd.start({ folder })
      ends.push(() => running.stop())
      const { url, org, token } = running
      const store = await open({ servers: [{ name: 'own', url, org, token }], bucket: newBucket() })
      let n = 0
      const write = () => insist(() => store.write([roundAt(n)])).then(() => n++)
      while (n < 50) await write()
      const killed = running.pids.map((pid) => process.kill(pid, 'SIGKILL'))
      expect(killed).toEqual([true])
      while (n < 100) await write()
      await expect(store.flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      running = await influxd.start({ folder, port: Number(new URL(url).port) })
      while (n < 150) await write()
      await insist(() => store.flush())
      expect(await store.position()).toEqual({ 0: 150 })
      await expectRounds(store, 150)
    },
  )

  describe.runIf(second)('with several servers', () => {
    const pair = async () => [await proxied(none, server), await proxied(none, second)] as const

    it('answers what it can and names the part that is missing when one of two servers is away', async () => {
      const [a, b] = await pair()
      const store = await open({ servers: [a.server, b.server], bucket: newBucket(), patienceMs: 5000 })
      await store.write([roundAt(0)])
      await store.flush()
      b.trouble = () => 'reset'
      const answers = await Promise.allSettled(IDS.map((id) => store.range([id], 0, HOUR)))
      const there = answers.filter((x) => x.status === 'fulfilled')
      expect(there.length).toBeGreaterThan(5)
      expect(there.length).toBeLessThan(35)
      expect(there.every((x) => x.value[0]?.value.length === 1)).toBe(true)
      for (const x of answers)
        if (x.status === 'rejected') expect(String(x.reason.message)).toMatch(/slots on influx-2, .*is missing/)
    })

    it('answers everything from the other copy, and brings the one that was away up to date', async () => {
      const [a, b] = await pair()
      const bucket = newBucket()
      const store = await open({ servers: [a.server, b.server], copies: 2, bucket })
      await store.write([roundAt(0)])
      await store.flush()
      b.trouble = () => 'reset'
      await store.write([roundAt(1)])
      await expectRounds(store, 2)
      await expect(store.flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(await store.position()).toEqual({ 0: 1 })
      b.trouble = none
      await insist(() => store.flush())
      a.trouble = () => 'reset'
      await expectRounds(store, 2)
      a.trouble = none
    })

    it('opens while one of two servers is away, and gives it what it lacks when it is back', async () => {
      const [a, b] = await pair()
      const bucket = newBucket()
      const servers = [a.server, b.server]
      const store = await open({ servers, copies: 2, bucket })
      await store.write([roundAt(0)])
      await store.flush()
      b.trouble = () => 'reset'
      await crash(store, a)
      b.trouble = () => 'reset'
      const again = await open({ servers, copies: 2, bucket })
      await again.write([roundAt(1)])
      await expectRounds(again, 2)
      b.trouble = none
      await insist(() => again.flush())
      await again.close()
      a.trouble = () => 'reset'
      const third = await open({ servers, copies: 2, bucket, patienceMs: 5000 })
      expect(await third.position()).toEqual({ 0: 2 })
      await expectRounds(third, 2)
      a.trouble = none
    })
  })
})
