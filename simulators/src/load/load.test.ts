import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { until } from '../testing/until.ts'
import { createBusyDisk } from './busy-disk.ts'
import { Histogram, latencyOf } from './histogram.ts'
import { parseProfile, readProfileText } from './profile.ts'
import { startStallProxy } from './stall-proxy.ts'
import { createTimeline } from './timeline.ts'

const profileOf = (settings: object) =>
  parseProfile({ name: 'p', sensors: 10, duration: 100, ramp: 5, ...settings }, 'p')

describe('a profile', () => {
  const shipped = fileURLToPath(new URL('../../profiles/', import.meta.url))

  it.each(readdirSync(shipped))('of those shipped is one: %s', (file) => {
    const profile = parseProfile(readProfileText(readFileSync(join(shipped, file), 'utf8'), file), file)
    expect(`${profile.name}.yaml`).toBe(file)
    for (const f of profile.faults) expect(f.from + ('for' in f ? f.for : 0)).toBeLessThanOrEqual(profile.duration)
  })

  it('tells all mistakes at once', () => {
    const wrong = () => parseProfile({ name: '', sensors: 0, duration: 1, faults: [{ kind: 'rain' }] }, 'x.yaml')
    expect(wrong).toThrow(/x\.yaml[\s\S]*name[\s\S]*sensors[\s\S]*faults/)
    expect(() => readProfileText('{', 'x.json')).toThrow(/read the profile x\.json/)
  })
})

describe('the timeline of faults', () => {
  const all = [
    { kind: 'duplicates', from: 0, for: 10, share: 0.5 },
    { kind: 'late', from: 10, for: 10, share: 0.5, delay: 7 },
    { kind: 'clock-skew', from: 20, for: 10, share: 0.5, offset: -60 },
    { kind: 'silent', from: 30, for: 10, share: 0.5 },
    { kind: 'reconnect-storm', from: 40, share: 0.5 },
    { kind: 'flapping', from: 50, for: 10, share: 0.5, every: 2 },
    { kind: 'stall', from: 60, for: 10, share: 0.5 },
    { kind: 'slow-disk', from: 70, for: 10, mbPerSecond: 5 },
    { kind: 'malformed', from: 80, for: 10, perSecond: 3 },
  ]
  const timeline = createTimeline(profileOf({ faults: all }))
  const decisions = (second: number) =>
    Array.from({ length: 400 }, (_, i) => timeline.decide(i, `gw-${i % 40}`, 1e12 + i, second))
  const share = (second: number, of: (d: ReturnType<typeof timeline.decide>) => boolean) =>
    decisions(second).filter(of).length / 400

  it('strikes when the profile says, from the end of the ramp on, and then only its share', () => {
    for (const [second, of] of [
      [6, (d) => d.duplicate],
      [16, (d) => d.delayMs === 7_000],
      [26, (d) => d.skewMs === -59_999],
      [36, (d) => d.silent],
    ] as [number, (d: ReturnType<typeof timeline.decide>) => boolean][]) {
      expect(share(second, of)).toBeGreaterThan(0.3)
      expect(share(second, of)).toBeLessThan(0.7)
      expect(share(second - 3, of)).toBe(0)
      expect(share(second + 10, of)).toBe(0)
    }
    expect([64, 65, 74.9, 75].map(timeline.stalled)).toEqual([false, true, true, false])
    expect([74, 75, 84, 85].map(timeline.diskLoad)).toEqual([0, 5, 5, 0])
    expect([84, 85, 95].map(timeline.malformedPerSecond)).toEqual([0, 3, 0])
    const proxied = Array.from({ length: 400 }, (_, c) => timeline.isProxied(c)).filter(Boolean).length
    expect(Math.abs(proxied - 200)).toBeLessThan(60)
  })

  it('cuts connections once in a storm and again and again while they flap, whatever the steps of time', () => {
    expect(timeline.cuts(100, 44.9, 45).length).toBeGreaterThan(30)
    expect(timeline.cuts(100, 45, 45.1)).toEqual([])
    const flaps = (step: number) => {
      const counts = new Map<number, number>()
      for (let t = 50; t < 70; t += step)
        for (const c of timeline.cuts(100, t, t + step)) counts.set(c, (counts.get(c) ?? 0) + 1)
      return [...counts].sort((a, b) => a[0] - b[0])
    }
    expect(flaps(0.5)).toEqual(flaps(0.25))
    expect(flaps(0.5).length).toBeGreaterThan(30)
    expect(flaps(0.5).every(([, n]) => n === 5)).toBe(true)
  })

  it('follows from the seed', () => {
    expect(createTimeline(profileOf({ faults: all })).decide(3, 'gw-3', 1e12, 6)).toEqual(
      timeline.decide(3, 'gw-3', 1e12, 6),
    )
    const other = createTimeline(profileOf({ faults: all, seed: 32 }))
    const same = Array.from(
      { length: 200 },
      (_, i) => other.decide(i, '', 1e12, 6).duplicate === decisions(6)[i]!.duplicate,
    )
    expect(same.includes(false)).toBe(true)
  })
})

describe('a histogram', () => {
  it('tells quantiles to two per cent, and the maximum exactly', () => {
    const h = new Histogram()
    for (let i = 1; i <= 10_000; i++) h.add(i / 10)
    const { count, p50, p99, max } = latencyOf(h)
    expect([count, max]).toEqual([10_000, 1_000])
    expect(Math.abs(p50 / 500 - 1)).toBeLessThan(0.021)
    expect(Math.abs(p99 / 990 - 1)).toBeLessThan(0.021)
    expect(latencyOf(new Histogram()).p99).toBeNaN()
  })
})

describe('a network that stalls', () => {
  it('holds bytes back, loses none, and lets them go', async () => {
    const got: Buffer[] = []
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('data', (bytes) => got.push(bytes))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const proxy = await startStallProxy(`mqtt://127.0.0.1:${(server.address() as { port: number }).port}`)
    const client = connect(Number(new URL(proxy.url).port), '127.0.0.1')
    client.write('a')
    const text = () => Buffer.concat(got).toString()
    await until('it arrives', () => text() === 'a')
    proxy.stall(true)
    client.write('b'.repeat(100_000))
    // What goes past the stalled network arrives; what went into it does not.
    const direct = connect((server.address() as { port: number }).port, '127.0.0.1')
    direct.write('c')
    await until('the other way is open', () => text() === 'ac')
    direct.destroy()
    proxy.stall(false)
    await until('all arrives', () => text().length === 100_002)
    client.destroy()
    await proxy.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})

describe('a busy disk', () => {
  it('writes while it is told to, and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quartier-busy-'))
    const disk = createBusyDisk(folder)
    disk.load(50)
    await until('it writes', () => readdirSync(folder).length === 1)
    await disk.close()
    expect(readdirSync(folder)).toEqual([])
    rmSync(folder, { recursive: true, force: true })
  })
})
