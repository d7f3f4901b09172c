import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthority } from '@quartier/contracts/authority'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { endProcesses, freePort, waitFor } from '../../infra/cluster/cache.ts'
import { isInstalled } from '../../infra/cluster/mosquitto.ts'
import { quartier, type Up, up } from '../e2e/quartier.ts'
import { packetReader } from '../load/mqtt-wire.ts'
import { trackedDevice } from '../load/tracked-publisher.ts'

const WAIT = { timeout: 60_000, interval: 300 }
const START = Date.now() - 3_600_000

/** A real Mosquitto that keeps its sessions on disk. */
class Mosquitto {
  readonly port: number
  readonly #folder: string
  readonly #tls: string
  #pid = 0

  constructor(folder: string, port: number, tls = '') {
    this.#folder = folder
    this.port = port
    this.#tls = tls
    mkdirSync(folder, { recursive: true, mode: 0o777 })
  }

  async start(): Promise<void> {
    const file = join(this.#folder, 'mosquitto.conf')
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${this.#folder}/`,
      'autosave_on_changes true',
      'autosave_interval 1',
      'max_queued_messages 0',
      'max_inflight_messages 100',
      'user root',
      this.#tls,
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    const child = spawn('/usr/sbin/mosquitto', ['-c', file], { stdio: 'ignore', detached: true })
    child.unref()
    this.#pid = child.pid as number
    await waitFor('Mosquitto', 15_000, () => answers(this.port))
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    process.kill(this.#pid, signal)
    await waitFor('the end of Mosquitto', 15_000, async () => !(await answers(this.port)))
  }

  stop = (): Promise<void> => endProcesses([this.#pid])
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })

/** Stands between our gateway and the broker, and notes of which messages an acknowledgement went by. */
class Witness {
  readonly acknowledged = new Set<number>()
  port = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(broker: number) {
    this.#server = createServer((client) => {
      const server = connect(broker, '127.0.0.1')
      const values = new Map<number, number>()
      const fromServer = packetReader((type, body) => {
        if (type !== 3) return
        const topicEnd = 2 + body.readUInt16BE(0)
        const text = body.subarray(topicEnd + 2).toString()
        const value = /"value":(\d+)/.exec(text)?.[1]
        if (value !== undefined) values.set(body.readUInt16BE(topicEnd), Number(value))
      })
      const fromClient = packetReader((type, body) => {
        const value = type === 4 ? values.get(body.readUInt16BE(0)) : undefined
        if (value !== undefined) this.acknowledged.add(value)
      })
      for (const [from, to, read] of [
        [client, server, fromClient],
        [server, client, fromServer],
      ] as const) {
        this.#sockets.add(from)
        from.on('data', (chunk: Buffer) => {
          read(chunk)
          to.write(chunk)
        })
        from.on('error', () => {})
        from.on('close', () => to.destroy())
      }
    })
  }

  async open(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    this.port = (this.#server.address() as { port: number }).port
    return this
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

describe.skipIf(!isInstalled())('a bridge to a real Mosquitto', () => {
  let folder: string
  let data: string
  let broker: Mosquitto
  let platform: Up | undefined
  let witness: Witness
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-bridge-'))
    data = join(folder, 'data')
    broker = new Mosquitto(join(folder, 'mosquitto'), await freePort())
    await broker.start()
    witness = await new Witness(broker.port).open()
  })
  afterEach(async () => {
    await platform?.interrupt()
    platform = undefined
    witness.close()
    await broker.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(bridge: object = {}): Promise<void> {
    const file = join(folder, 'quartier.json')
    const config = {
      name: 'plant',
      url: `mqtt://127.0.0.1:${witness.port}`,
      source: 'plant',
      filters: ['t/#'],
      ...bridge,
    }
    writeFileSync(file, JSON.stringify({ gateway: { bridges: [config], skewBackMs: 8.64e12 } }))
    platform = await up(data, '--no-demo', '--config', file)
    await vi.waitFor(
      () => expect(quartier('device', 'log', 'bridge:plant', '--data', data).stdout).toContain('bridge-connected'),
      WAIT,
    )
  }

  const stored = (): Set<number> => {
    const said = quartier(
      'query',
      'plant/pump/n',
      '--data',
      data,
      '--from',
      new Date(START - 1000).toISOString(),
      '--json',
      '--limit',
      '1000000',
    )
    return new Set(
      said.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { value: number }).value),
    )
  }
  const balanced = () => expect(quartier('ledger', '--data', data).code).toBe(0)

  /** Publishes 1,000 readings a second to the broker, again and again until each is acknowledged. */
  function publisher() {
    const pump = trackedDevice({ port: broker.port, source: 'plant', device: 'pump', timeOf: (n) => START + n })
    const timer = setInterval(() => {
      for (let i = 0; i < 10; i++) pump.publish()
    }, 10)
    return {
      acknowledged: () => pump.acknowledged(),
      sent: () => pump.sent(),
      async stop() {
        clearInterval(timer)
        await vi.waitFor(() => expect(pump.acknowledged()).toBe(pump.wanted()), WAIT)
        pump.close()
      },
    }
  }

  it.each(['3.1.1', '5'])(
    'loses nothing when it is stopped and started under load, by MQTT %s',
    { timeout: 180_000 },
    async (version) => {
      await open({ version })
      const pump = publisher()
      for (let round = 0; round < 3; round++) {
        await vi.waitFor(() => expect(pump.acknowledged()).toBeGreaterThan((round + 1) * 500), WAIT)
        await broker.kill('SIGTERM')
        await broker.start()
      }
      await pump.stop()
      await vi.waitFor(() => expect(stored().size).toBe(pump.sent()), WAIT)
      balanced()
    },
  )

  it('loses nothing that it acknowledged when the broker is killed under load', {
    timeout: 180_000,
  }, async () => {
    await open()
    const pump = publisher()
    for (let round = 0; round < 3; round++) {
      const before = witness.acknowledged.size
      await vi.waitFor(() => expect(witness.acknowledged.size).toBeGreaterThan(before + 300), WAIT)
      await broker.kill('SIGKILL')
      await broker.start()
    }
    await pump.stop()
    await vi.waitFor(() => {
      const held = stored()
      expect([...witness.acknowledged].filter((n) => !held.has(n))).toEqual([])
    }, WAIT)
    expect(witness.acknowledged.size).toBeGreaterThan(900)
    balanced()
  })

  it('divides the messages of a shared subscription among its connections', { timeout: 120_000 }, async () => {
    await open({ share: 'quartier', connections: 3, version: '5' })
    const pump = publisher()
    await vi.waitFor(() => expect(pump.acknowledged()).toBeGreaterThan(1_000), WAIT)
    await pump.stop()
    await vi.waitFor(() => expect(stored().size).toBe(pump.sent()), WAIT)
    expect(witness.acknowledged.size).toBe(pump.sent())
    balanced()
  })

  it('speaks TLS, and shows its certificate', { timeout: 120_000 }, async () => {
    const authority = openAuthority(join(folder, 'authority'), Date.now())
    const validMs = 86_400_000
    const server = authority.issue({
      purpose: 'server',
      name: 'localhost',
      hosts: ['localhost'],
      now: Date.now(),
      validMs,
    })
    const device = authority.issue({ purpose: 'device', name: 'quartier', now: Date.now(), validMs })
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const files = {
      caFile: write('ca.crt', authority.certificate),
      certFile: write('client.crt', device.certificate),
      keyFile: write('client.key', device.key),
    }
    const tls = `listener ${await freePort()} localhost
cafile ${files.caFile}
certfile ${write('server.crt', server.certificate)}
keyfile ${write('server.key', server.key)}
require_certificate true`
    await broker.stop()
    broker = new Mosquitto(join(folder, 'mosquitto'), broker.port, tls)
    await broker.start()
    const port = /listener (\d+)/.exec(tls)?.[1]
    await open({ url: `mqtts://localhost:${port}`, ...files })
    const pump = publisher()
    await vi.waitFor(() => expect(pump.acknowledged()).toBeGreaterThan(100), WAIT)
    await pump.stop()
    await vi.waitFor(() => expect(stored().size).toBe(pump.sent()), WAIT)
  })
})
