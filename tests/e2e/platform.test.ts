import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { quartier, type Up, up } from './quartier.ts'
import { events, KEY, LOS_LOOP, publish, publishEvent, replay, rows as rowsAt, WEEK } from './scenarios.ts'

const folders: string[] = []
const running = new Set<Up>()

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'quartier-e2e-'))
  folders.push(path)
  return path
}
async function start(data: string, ...args: string[]): Promise<Up> {
  const platform = await up(data, ...args)
  running.add(platform)
  return platform
}
async function stop(platform: Up): Promise<{ code: number | null; ms: number }> {
  running.delete(platform)
  return await platform.interrupt()
}
const rows = (data: string, ...args: string[]) => rowsAt(['--data', data], ...args)

afterEach(async () => {
  for (const platform of running) await stop(platform)
})
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true })
})

describe('the platform on one machine', () => {
  it('goes on from the data on disk, shows the password once and stops when it is asked to', async () => {
    const data = folder()
    const at = Date.now() - 60_000
    const first = await start(data, '--sensors', '100')
    expect(first.password).toMatch(/^\S{12,}$/)
    await publish(first.mqttUrl, 21.5, at)
    await vi.waitFor(() => expect(rows(data)).toMatchObject([{ value: 21.5 }]), { timeout: 20_000 })
    const stopped = await stop(first)
    expect(stopped.code).toBe(0)

    expect(rows(data)).toMatchObject([{ value: 21.5, measuredAt: new Date(at).toISOString() }])
    const second = await start(data, '--sensors', '100')
    expect(second.password).toBeUndefined()
    await publish(second.mqttUrl, 22, at + 1_000)
    await vi.waitFor(() => expect(rows(data, '--from', '-1h')).toMatchObject([{ value: 21.5 }, { value: 22 }]), {
      timeout: 20_000,
    })
  })

  it('refuses a second instance on the same data folder, and says how to go on', async () => {
    const data = folder()
    await start(data, '--no-demo')
    const second = quartier('up', '--data', data, '--port', '0', '--mqtt-port', '0', '--no-demo')
    expect(second.code).toBe(3)
    expect(second.stderr).toContain('--data')
  })

  it('gives everything back after all of its processes were killed', async () => {
    const data = folder()
    const platform = await start(data, '--no-demo', '--processes')
    platform.process.kill('SIGKILL')
    running.delete(platform)
    const again = await vi.waitFor(() => start(data, '--sensors', '50'), { timeout: 30_000, interval: 500 })
    await publish(again.mqttUrl, 1, Date.now())
    await vi.waitFor(() => expect(rows(data)).toMatchObject([{ value: 1 }]), { timeout: 20_000 })
  })

  it('counts what it took in and what it refused, and explains the refusal', async () => {
    const data = folder()
    const platform = await start(data, '--sensors', '50')
    const client = await mqtt.connectAsync(platform.mqttUrl)
    await client.publishAsync('t/demo/d/lamp-1/temperature', '{"value": 21.5', { qos: 1 })
    await client.publishAsync('t/demo/d/lamp-1/temperature', '{"value": 21.5}', { qos: 1 })
    await client.endAsync()
    await vi.waitFor(
      () => {
        const report = JSON.parse(quartier('ledger', '--data', data, '--source', 'demo', '--json').stdout)
        expect(report).toMatchObject({ balanced: true, sources: [{ source: 'demo', accepted: 1, stored: 1 }] })
        expect(report.sources[0].messagesReceived).toBe(2)
        expect(report.deadLetters).toMatchObject([
          { source: 'demo', stage: 'codec', mqttTopic: 't/demo/d/lamp-1/temperature' },
        ])
      },
      { timeout: 20_000, interval: 500 },
    )
  })

  it('keeps an event once that was told twice, and finds it after all of its processes were killed', async () => {
    const data = folder()
    const at = ['--data', data]
    const platform = await start(data, '--sensors', '50', '--processes')
    const toldAt = Date.now()
    await publishEvent(platform.mqttUrl, 'L3-881', toldAt)
    await vi.waitFor(() => expect(events(at)).toHaveLength(1), { timeout: 20_000, interval: 300 })
    platform.process.kill('SIGKILL')
    running.delete(platform)
    const again = await vi.waitFor(() => start(data, '--sensors', '50'), { timeout: 30_000, interval: 500 })
    await publishEvent(again.mqttUrl, 'L3-881', toldAt)
    await publishEvent(again.mqttUrl, 'L3-882', toldAt + 1)
    await vi.waitFor(
      () => {
        const report = JSON.parse(quartier('ledger', ...at, '--source', 'lifts', '--json').stdout)
        expect(report).toMatchObject({
          balanced: true,
          sources: [{ events: { accepted: 6, stored: 2, duplicates: 4 } }],
        })
      },
      { timeout: 30_000, interval: 500 },
    )
    expect(events(at)).toMatchObject([
      { kind: 'lift-fault', severity: 'warning', measuredAt: toldAt + 1 },
      { attributes: { fault: 'E12', floor: 3 }, measuredAt: toldAt },
    ])
    expect(events(at, '--kind', 'door-forced')).toEqual([])
  })

  it('proves that the record of who did what is whole', async () => {
    const data = folder()
    const platform = await start(data, '--no-demo')
    await fetch(`${platform.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'admin', password: platform.password }),
    })
    await vi.waitFor(() => expect(quartier('audit', 'verify', '--data', data).stdout).toMatch(/whole: [1-9]/), {
      timeout: 10_000,
      interval: 500,
    })
  })

  it('imports a registry, names every refused line and exports what was stored', async () => {
    const data = folder()
    const platform = await start(data, '--sensors', '50')
    const csv = join(data, 'series.csv')
    writeFileSync(csv, `key,unit\n${KEY},°C\nnot-a-key,°C\n`)
    const imported = quartier('import', csv, '--data', data)
    expect(imported.stderr).toContain('line 3')
    expect(imported.code).toBe(4)
    await publish(platform.mqttUrl, 19.25, Date.now())
    await vi.waitFor(() => expect(rows(data)).toMatchObject([{ value: 19.25, unit: 'Cel' }]), { timeout: 20_000 })
    const file = join(data, 'out.csv')
    expect(quartier('export', file, KEY, '--data', data).code).toBe(0)
    expect(existsSync(file)).toBe(true)
  })
})

describe('the Los Angeles replay', () => {
  it.skipIf(!existsSync(LOS_LOOP))(
    'brings every reading of the recorded week through MQTT into the store, equal to the file (skipped without the public data set)',
    async () => {
      const data = folder()
      const platform = await start(data, '--sensors', '50')
      const sent = replay(['--data', data], platform.mqttUrl, [LOS_LOOP])
      expect(sent.stdout).toContain(`all ${WEEK.readings.toLocaleString('en')} readings, equal`)
      expect(sent.code).toBe(0)
    },
  )
})
