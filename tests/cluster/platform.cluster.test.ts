import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeFrame, type LiveSeries } from '@quartier/contracts/live'
import { io, type Socket } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { quartier, type Up, up } from '../e2e/quartier.ts'
import {
  events,
  KEY,
  type Person,
  publish,
  publishEvent,
  recordedWeek,
  replay,
  rows,
  signIn,
  WEEK,
} from '../e2e/scenarios.ts'
import { type ClusterConfig, writeClusterConfig } from './cluster-config.ts'

const WAIT = { timeout: 40_000, interval: 500 }
const folder = mkdtempSync(join(tmpdir(), 'quartier-on-cluster-'))
const data = join(folder, 'data')
const cluster = writeClusterConfig(folder)

const NAME = 'the platform on Kafka, InfluxDB and PostgreSQL (npm run test:cluster starts them)'

describe.skipIf(!cluster)(NAME, { timeout: 300_000 }, () => {
  const at = ['--data', data, '--config', cluster?.file ?? '']
  let platform: Up
  let admin: Person

  beforeAll(async () => {
    platform = await up(data, '--config', cluster?.file ?? '', '--sensors', '200')
    admin = await signIn(platform.url, platform.password)
  })
  afterAll(async () => {
    if (platform) expect((await platform.interrupt()).code).toBe(0)
    await (cluster as ClusterConfig).forget()
    rmSync(folder, { recursive: true, force: true })
  })

  it('shows the simulated district live and answers for its last hour', async () => {
    await vi.waitFor(async () => {
      const { reporting, store } = (await admin.get('/api/platform')) as {
        reporting: { series: number; reporting: number }
        store: { ready: boolean; readings: number }
      }
      expect(reporting.series).toBe(200)
      expect(reporting.reporting).toBeGreaterThan(50)
      expect(store.ready && store.readings > 0).toBe(true)
    }, WAIT)
  })

  it('brings a reading from MQTT to the screen, the interface and the command line', async () => {
    const measuredAt = Date.now()
    await publish(platform.mqttUrl, 21.5, measuredAt)
    expect(await seenLive(KEY)).toBe(21.5)
    await vi.waitFor(async () => {
      const key = encodeURIComponent(KEY)
      const path = `/api/range?series=${key}&from=${measuredAt}&to=${measuredAt + 1}`
      expect(await admin.get(path)).toMatchObject({ series: [{ key: KEY, measuredAt: [measuredAt], value: [21.5] }] })
    }, WAIT)
    await vi.waitFor(() => expect(rows(at)).toMatchObject([{ value: 21.5 }]), WAIT)
    expect(rows(at, '--from', '-1h')).toMatchObject([{ value: 21.5, measuredAt: new Date(measuredAt).toISOString() }])
    expect(quartier('query', KEY, ...at, '--from', '-1h', '--window', '1m', '--json').stdout).toContain('"mean":21.5')
  })

  it('keeps an event once that was told twice, for the interface and the command line', async () => {
    const toldAt = Date.now()
    await publishEvent(platform.mqttUrl, 'L3-881', toldAt)
    await vi.waitFor(() => {
      const report = JSON.parse(quartier('ledger', ...at, '--source', 'lifts', '--json').stdout)
      expect(report).toMatchObject({ balanced: true, sources: [{ events: { accepted: 2, stored: 1, duplicates: 1 } }] })
    }, WAIT)
    expect(events(at)).toMatchObject([{ kind: 'lift-fault', measuredAt: toldAt, attributes: { fault: 'E12' } }])
    expect(await admin.get('/api/events?kind=lift-fault&device=lifts/lift-3')).toMatchObject({
      events: [{ device: 'lift-3', severity: 'warning', measuredAt: toldAt }],
    })
  })

  it('serves the commands that look after an installation', async () => {
    expect(quartier('device', 'add', 'meter-1', ...at).stdout).toMatch(/Secret of meter-1/)
    expect(quartier('device', 'list', ...at).stdout).toContain('meter-1')
    const csv = join(folder, 'series.csv')
    writeFileSync(csv, `key,unit\ndemo/lamp-1/power,W\n`)
    expect(quartier('import', csv, ...at).code).toBe(0)
    expect(quartier('export', join(folder, 'out.csv'), KEY, ...at).stderr).toContain('1 reading')
    expect(quartier('password', 'admin', ...at).stdout).toContain('New password')
    expect(quartier('audit', 'verify', ...at).stdout).toMatch(/whole: [1-9]/)
    const sql = quartier('query', '--sql', 'select 1', ...at)
    expect([sql.code, sql.stderr]).toEqual([2, expect.stringContaining('knows no SQL')])
  })

  it(`returns every reading of a recorded week (${WEEK.sensors} × ${WEEK.steps}) from InfluxDB, equal to the file`, async () => {
    const { code, stdout, stderr } = replay(at, platform.mqttUrl, await recordedWeek(folder))
    expect(`${stdout}${stderr}`).toContain(`all ${WEEK.readings.toLocaleString('en')} readings, equal`)
    expect(code).toBe(0)
  })

  it('balances its ledger, and finds everything again after a restart', async () => {
    await vi.waitFor(() => {
      const report = JSON.parse(quartier('ledger', ...at, '--source', 'demo', '--json').stdout)
      expect(report).toMatchObject({ balanced: true, sources: [{ source: 'demo', accepted: 1, stored: 1 }] })
    }, WAIT)
    expect((await platform.interrupt()).code).toBe(0)
    platform = await up(data, '--config', cluster?.file ?? '', '--sensors', '200')
    expect(platform.password).toBeUndefined()
    expect(rows(at)).toMatchObject([{ value: 21.5 }])
    await publish(platform.mqttUrl, 22, Date.now())
    await vi.waitFor(() => expect(rows(at)).toMatchObject([{ value: 22 }]), WAIT)
  })

  /** The value that the page is sent for a series, once there is one. */
  async function seenLive(key: string): Promise<number> {
    const socket: Socket = io(platform.url, {
      transports: ['websocket'],
      extraHeaders: { cookie: admin.cookie },
    })
    try {
      return await new Promise((resolve) => {
        let place = -1
        socket.on('connect', () => socket.emit('live:subscribe', { keys: [key] }))
        socket.on('live:index', ({ first, series }: { first: number; series: LiveSeries[] }) => {
          const found = series.findIndex((s) => s.key === key)
          place = found < 0 ? -1 : first + found
        })
        socket.on('live:frame', (bytes: Buffer) => {
          const frame = decodeFrame(
            bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
          )
          const row = frame?.index.subarray(0, frame.rows).indexOf(place) ?? -1
          const value = frame?.value[row]
          if (row >= 0 && value !== undefined && !Number.isNaN(value)) resolve(value)
        })
      })
    } finally {
      socket.disconnect()
    }
  }
})
