import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STATES, type StateChange, topic } from '@quartier/contracts'
import { silentLogger, wallClock } from '@quartier/contracts/runtime'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import { OPCUAServer } from 'node-opcua-server'
import { DataType, Variant, VariantArrayType } from 'node-opcua-variant'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { eventually, idOf, readBack, type TestGateway, testGateway } from '../../src/testing.ts'
import { type BridgeHandle, start } from './bridge.ts'
import { opcuaConfigSchema } from './config.ts'

const values = { temperature: 6.5, isRunning: true, mode: 'auto', energy: 41 }

let folder: string
let server: OPCUAServer | undefined
let gateway: TestGateway | undefined
let bridge: BridgeHandle | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-opcua-'))
})

afterEach(async () => {
  await bridge?.stop()
  await server?.shutdown(0)
  await gateway?.stop()
  bridge = server = gateway = undefined
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}, 60_000)

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

/** A real OPC UA server with a chiller. */
async function openServer(port: number): Promise<OPCUAServer> {
  const opened = new OPCUAServer({
    ...{ port, resourcePath: '/chiller', hostname: '127.0.0.1' },
    serverCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'server'),
      automaticallyAcceptUnknownCertificate: true,
    }),
  })
  await opened.initialize()
  const space = opened.engine.addressSpace?.getOwnNamespace()
  const chiller = space?.addObject({ organizedBy: 'ObjectsFolder', browseName: 'Chiller' })
  const add = (name: string, dataType: DataType, get: () => unknown) =>
    space?.addVariable({
      componentOf: chiller,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: DataType[dataType],
      minimumSamplingInterval: 50,
      value: { get: () => new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: get() }) },
    })
  add('Temperature', DataType.Double, () => values.temperature)
  add('Running', DataType.Boolean, () => values.isRunning)
  add('Mode', DataType.String, () => values.mode)
  add('Energy', DataType.UInt32, () => values.energy)
  add('Starts', DataType.UInt64, () => [2 ** 31, 5])
  await opened.start()
  return opened
}

async function begin(security: 'none' | 'encrypt', publishMs = 50): Promise<number> {
  Object.assign(values, { temperature: 6.5 })
  const port = await freePort()
  gateway = await testGateway()
  server = await openServer(port)
  const samplingMs = 50
  const config = opcuaConfigSchema.parse({
    dataDir: folder,
    server: { url: `opc.tcp://127.0.0.1:${port}/chiller`, security, trustUnknown: true, publishMs },
    mqtt: { url: `mqtt://127.0.0.1:${gateway.port}` },
    ...{ group: 'plant', node: 'opc', device: 'chiller-1' },
    metrics: [
      { nodeId: 'ns=1;s=Temperature', name: 'Supply/Temperature', unit: 'Cel', samplingMs },
      { nodeId: 'ns=1;s=Running', name: 'Running', samplingMs },
      { nodeId: 'ns=1;s=Mode', name: 'Mode', samplingMs },
      { nodeId: 'ns=1;s=Energy', name: 'Energy', unit: 'kWh', samplingMs },
      { nodeId: 'ns=1;s=Starts', name: 'Starts', samplingMs },
    ],
  })
  bridge = await start({ logger: silentLogger, clock: wallClock }, config)
  return port
}

async function lastOf(property: string): Promise<unknown> {
  const id = idOf(`sparkplug/plant/opc/chiller-1/${property}`)
  const { log } = gateway as TestGateway
  const newest = (await readBack(log)).readings.filter((r) => r.id === id).sort((a, b) => a.measuredAt - b.measuredAt)
  const found = newest.at(-1)
  return found && ((found.quality & 3) === 3 ? `${found.value} stale` : found.value)
}

/** How often a value that does not change was told: once with each birth. */
async function timesTold(property: string): Promise<number> {
  const id = idOf(`sparkplug/plant/opc/chiller-1/${property}`)
  return (await readBack((gateway as TestGateway).log)).readings.filter((r) => r.id === id).length
}

const becomes = (property: string, value: unknown) => eventually(async () => (await lastOf(property)) === value)

async function stateOf(property: string): Promise<string | undefined> {
  const { log } = gateway as TestGateway
  for (let partition = 0; partition < topic(STATES).partitions; partition++)
    for (const record of await log.read(STATES, { partition, offset: 0 }, 1_000))
      for (const s of JSON.parse(Buffer.from(record.value).toString()) as StateChange[])
        if (s.key.endsWith(`/${property}`)) return s.text
  return undefined
}

describe('the OPC UA bridge', () => {
  it('shows a real server, spoken to in secret, as a Sparkplug device: values, changes, and its death', async () => {
    // So seldom that all first values come together, when the device has been born.
    await begin('encrypt', 600)
    await becomes('Supply.Temperature', 6.5)
    await becomes('Running', 1)
    await becomes('Energy', 41)
    await eventually(async () => (await stateOf('Mode')) === 'auto')
    await eventually(async () => (await stateOf('Starts')) === String(2n ** 63n + 5n))
    expect(await timesTold('Supply.Temperature')).toBeLessThanOrEqual(2)
    values.temperature = 7.25
    await becomes('Supply.Temperature', 7.25)
    await bridge?.stop()
    await becomes('Supply.Temperature', '7.25 stale')
    expect(await lastOf('Running')).toBe('1 stale')
  }, 60_000)

  it('shows as stale what is behind a server that is lost, and comes back with it', async () => {
    const port = await begin('none')
    await becomes('Supply.Temperature', 6.5)
    await server?.shutdown(0)
    await becomes('Supply.Temperature', '6.5 stale')
    values.temperature = 8.5
    server = await openServer(port)
    await becomes('Supply.Temperature', 8.5)
  }, 60_000)

  it('is set up as the document for vendors says', () => {
    const text = readFileSync(new URL('../../../docs/sources/opc-ua.md', import.meta.url), 'utf8')
    const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1]?.replaceAll(/^ {3}/gm, '')
    const config = opcuaConfigSchema.parse((parse(example ?? '') as { opcua: unknown }).opcua)
    expect(config.metrics.map((m) => m.name)).toEqual(['Supply/Temperature', 'Running'])
  })
})
