import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { quartier, type Up, up } from '../e2e/quartier.ts'
import { type ClusterConfig, writeClusterConfig } from './cluster-config.ts'

const WAIT = { timeout: 40_000, interval: 500 }
const folder = mkdtempSync(join(tmpdir(), 'quartier-several-'))
const small = writeClusterConfig(folder, { servers: 1 })
const DEVICES = 24

describe.skipIf(!small)(
  'an installation that grows (npm run test:cluster starts its servers)',
  { timeout: 300_000 },
  () => {
    const cluster = small as ClusterConfig
    const at = ['--data', join(folder, 'first'), '--config', cluster?.file]
    const running: Up[] = []
    const start = async (data: string, ...args: string[]): Promise<Up> => {
      const platform = await up(join(folder, data), '--config', cluster.file, ...args)
      running.push(platform)
      return platform
    }
    const stop = async (platform: Up) => {
      running.splice(running.indexOf(platform), 1)
      expect((await platform.interrupt()).code).toBe(0)
    }
    const add = (name: string, ...args: string[]): string =>
      /once: (\S+)/.exec(quartier('device', 'add', name, ...at, ...args).stdout)?.[1] ?? ''
    const sum = (): { series: string; value: number }[] =>
      quartier('query', ...at, '--property', 'level', '--json')
        .stdout.split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))

    let first: Up
    let secret: string
    beforeAll(async () => {
      first = await start('first', '--no-demo')
      secret = add('plant', '--kind', 'gateway')
    })
    afterAll(async () => {
      for (const platform of running) await platform.interrupt()
      await cluster.forget()
      rmSync(folder, { recursive: true, force: true })
    })

    /** One reading of every device. */
    async function publishAll(url: string, value: number): Promise<void> {
      const client = await mqtt.connectAsync(url, { username: 'plant', password: secret })
      for (let d = 0; d < DEVICES; d++)
        await client.publishAsync(`t/plant/d/tank-${d}/level`, JSON.stringify({ ts: Date.now(), value }), { qos: 1 })
      await client.endAsync()
    }
    const allAre = (value: number) =>
      vi.waitFor(() => expect(sum().map((r) => r.value)).toEqual(Array.from({ length: DEVICES }, () => value)), WAIT)

    it('takes in readings and passes on commands at a second gateway, on another machine as it were', async () => {
      const second = await start('second', '--only', 'gateway')
      expect(second.url).toBe('')
      await publishAll(second.mqttUrl, 1)
      const device = await mqtt.connectAsync(first.mqttUrl, { username: 'plant', password: secret, clientId: 'tank' })
      const heard: string[] = []
      device.on('message', (mqttTopic, payload) => heard.push(`${mqttTopic} ${payload}`))
      await device.subscribeAsync('t/plant/d/+/cmd/#', { qos: 1 })
      const desk = await mqtt.connectAsync(second.mqttUrl, { username: 'plant', password: secret, clientId: 'desk' })
      await vi.waitFor(async () => {
        await desk.publishAsync('t/plant/d/tank-1/cmd/fill', 'now', { qos: 1 })
        expect(heard).toContain('t/plant/d/tank-1/cmd/fill now')
      }, WAIT)
      await device.endAsync()
      await desk.endAsync()
      await allAre(1)
      await stop(second)
    })

    it('refuses another server until the store is extended, and then keeps what was there', async () => {
      await stop(first)
      cluster.write({ servers: 2 })
      await expect(start('first', '--no-demo')).rejects.toThrow(/ended with code 1.*extend it first/s)
      expect(quartier('store', 'extend', ...at).stdout).toContain('influx-1, influx-2')
      first = await start('first', '--no-demo')
      await allAre(1)
      await publishAll(first.mqttUrl, 2)
      await allAre(2)
      expect(
        quartier('query', ...at, '--property', 'level', '--from', '-1h', '--json').stdout.match(/"value":1,/g),
      ).toHaveLength(DEVICES)
    })
  },
)
