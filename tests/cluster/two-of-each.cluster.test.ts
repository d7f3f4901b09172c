import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { quartier, type Up, up } from '../e2e/quartier.ts'
import { type Person, signIn } from '../e2e/scenarios.ts'
import { type ClusterConfig, writeClusterConfig } from './cluster-config.ts'

const WAIT = { timeout: 60_000, interval: 250 }
/** Devices in every partition. */
const DEVICES = Array.from({ length: 24 }, (_, i) => `meter-${i}`)
const keyOf = (device: string) => `plant/${device}/power`
const folder = mkdtempSync(join(tmpdir(), 'quartier-two-of-each-'))
const cluster = writeClusterConfig(folder)

describe.skipIf(!cluster)(
  'two of every service on Kafka, InfluxDB and PostgreSQL (npm run test:cluster starts them)',
  () => {
    const config = ['--config', cluster?.file ?? '', '--no-demo']
    const at = ['--data', join(folder, 'north'), '--config', cluster?.file ?? '']
    const clients: MqttClient[] = []
    let north: Up
    let south: Up
    let secret: string
    let sent = 0

    beforeAll(async () => {
      north = await up(join(folder, 'north'), ...config)
      south = await up(join(folder, 'south'), ...config)
      secret = /: (\S+)$/m.exec(quartier('device', 'add', 'plant', '--kind', 'gateway', ...at).stdout)?.[1] ?? ''
      const csv = join(folder, 'series.csv')
      writeFileSync(csv, `key,unit\n${DEVICES.map((device) => `${keyOf(device)},kW\n`).join('')}`)
      expect(quartier('import', csv, ...at).code).toBe(0)
    }, 180_000)
    afterAll(async () => {
      for (const client of clients) await client.endAsync(true)
      for (const platform of [north, south]) platform?.process.kill('SIGKILL')
      await (cluster as ClusterConfig).forget()
      rmSync(folder, { recursive: true, force: true })
    })

    const connect = async ({ mqttUrl }: Up, clientId: string): Promise<MqttClient> => {
      const client = await mqtt.connectAsync(mqttUrl, { clientId, username: 'plant', password: secret })
      clients.push(client)
      return client
    }
    /** A reading of every device, each with a value of its own. */
    const send = async (client: MqttClient): Promise<readonly number[]> => {
      const round = ++sent
      const values = DEVICES.map((_, i) => round * 100 + i)
      const payload = (i: number) => JSON.stringify({ ts: Date.now(), value: values[i] })
      await Promise.all(DEVICES.map((d, i) => client.publishAsync(`t/plant/d/${d}/power`, payload(i), { qos: 1 })))
      return values
    }
    const query = DEVICES.map((device) => `series=${encodeURIComponent(keyOf(device))}`).join('&')
    const lastAt = async (person: Person): Promise<number[]> => {
      const { values } = (await person.get(`/api/last?${query}`)) as { values: { value: number }[] }
      return values.map(({ value }) => value)
    }
    const countAt = async (person: Person): Promise<number[]> => {
      const { series } = (await person.get(`/api/range?${query}&from=0&to=${Date.now() + 1e6}`)) as {
        series: { value: number[] }[]
      }
      return series.map(({ value }) => value.length)
    }

    it('show at either what came in at either, to somebody who signed in once', async () => {
      const person = await signIn(north.url, north.password)
      const inSouth = { ...person, get: (path: string) => getAs(south.url, person.cookie, path) }
      const [a, b] = [await connect(north, 'a'), await connect(south, 'b')]
      for (const client of [a, b]) {
        const values = await send(client)
        await vi.waitFor(async () => expect(await lastAt(person)).toEqual(values), WAIT)
        await vi.waitFor(async () => expect(await lastAt(inSouth)).toEqual(values), WAIT)
      }
      await vi.waitFor(async () => expect(await countAt(inSouth)).toEqual(DEVICES.map(() => sent)), WAIT)
    })

    it('go on when one of them is killed, and the ledger balances', async () => {
      const client = await connect(south, 'steady')
      const person = await signIn(north.url, north.password)
      const inSouth = { ...person, get: (path: string) => getAs(south.url, person.cookie, path) }
      north.process.kill('SIGKILL')
      for (let i = 0; i < 20; i++) await send(client)
      await vi.waitFor(async () => expect(await countAt(inSouth)).toEqual(DEVICES.map(() => sent)), WAIT)
      await vi.waitFor(() => {
        const report = JSON.parse(quartier('ledger', ...at, '--source', 'plant', '--json').stdout)
        const [source] = report.sources
        expect(report.balanced).toBe(true)
        expect(source).toMatchObject({ accepted: sent * DEVICES.length, undecided: 0, rejected: {} })
      }, WAIT)
    })
  },
)

async function getAs(url: string, cookie: string, path: string): Promise<unknown> {
  const found = await fetch(url + path, { headers: { cookie } })
  if (!found.ok) throw new Error(`GET ${path}: ${found.status} ${await found.text()}`)
  return found.json()
}
