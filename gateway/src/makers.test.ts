import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, idOf, principal, readBack, type TestGateway, testGateway } from './testing.ts'

const run = promisify(execFile)
const hasMosquitto = spawnSync('mosquitto_pub', ['--help']).error === undefined
const python = findPaho()

let gateway: TestGateway
let port: string

beforeAll(async () => {
  gateway = await testGateway({
    principals: [principal('gw', { publish: ['t/%s/#', 'x/#'], subscribe: ['t/%s/#', 'x/#'] })],
  })
  port = String(gateway.port)
})

afterAll(async () => {
  await gateway.stop()
})

const now = Date.now()
const valuesOf = async (key: string) =>
  (await readBack(gateway.log)).readings.filter((r) => r.id === idOf(key)).map((r) => r.value)

/** A Python that has paho-mqtt: the system's, or a virtual environment made once; undefined when neither can be had. */
function findPaho(): string | undefined {
  const has = (path: string) => spawnSync(path, ['-c', 'import paho.mqtt.client']).status === 0
  if (has('python3')) return 'python3'
  const folder = join(tmpdir(), 'quartier-paho')
  const own = join(folder, 'bin', 'python')
  if (!existsSync(own)) {
    if (spawnSync('python3', ['-m', 'venv', folder], { timeout: 60_000 }).status !== 0) return undefined
    spawnSync(own, ['-m', 'pip', 'install', '--quiet', 'paho-mqtt'], { timeout: 60_000 })
  }
  return has(own) ? own : undefined
}

describe('mqtt.js', () => {
  it.each([3, 4] as const)('of protocol level %i publishes, subscribes and reconnects', async (protocolVersion) => {
    const login = { username: 'gw', password: 'gw', protocolVersion } as const
    const protocolId = protocolVersion === 3 ? 'MQIsdp' : 'MQTT'
    const c = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      ...login,
      protocolId,
      clientId: 'js',
      reconnectPeriod: 20,
    })
    const got: string[] = []
    c.on('message', (_, payload) => void got.push(String(payload)))
    await c.subscribeAsync('x/#', { qos: 2 })
    for (const qos of [0, 1, 2] as const) {
      await c.publishAsync('x/js', `q${qos}`, { qos })
      await c.publishAsync(`t/gw/d/js${protocolVersion}/v`, `{"ts":${now + qos},"value":${qos}}`, { qos })
    }
    const again = new Promise((go) => c.once('connect', go))
    c.stream.destroy()
    await again
    await c.publishAsync('x/js', 'back', { qos: 1 })
    await eventually(() => got.includes('back'))
    expect(got).toEqual(['q0', 'q1', 'q2', 'back'])
    await eventually(async () => (await valuesOf(`gw/js${protocolVersion}/v`)).length === 3)
    await c.endAsync()
  })

  it('of MQTT 5 hears that this is not served', async () => {
    const login = { username: 'gw', password: 'gw', protocolVersion: 5, reconnectPeriod: 0 } as const
    await expect(connectAsync(`mqtt://127.0.0.1:${port}`, login)).rejects.toThrow(/Connection refused|protocol/i)
  })
})

describe.skipIf(!hasMosquitto)(`mosquitto_pub and mosquitto_sub${hasMosquitto ? '' : ': not installed here'}`, () => {
  const login = ['-h', '127.0.0.1', '-u', 'gw', '-P', 'gw']

  it.each(['0', '1', '2'])('publish at QoS %s and hear each other', async (qos) => {
    const sub = run('mosquitto_sub', [...login, '-p', port, '-t', `x/m${qos}`, '-q', '2', '-C', '1'])
    let heard = ''
    sub.then((result) => {
      heard = result.stdout
    }, expect.unreachable)
    await eventually(async () => {
      await run('mosquitto_pub', [...login, '-p', port, '-t', `x/m${qos}`, '-q', qos, '-m', 'hello'])
      return heard !== ''
    })
    expect(heard).toBe('hello\n')
    const reading = `{"ts":${now},"value":${qos}}`
    await run('mosquitto_pub', [...login, '-p', port, '-t', `t/gw/d/mosquitto/q${qos}`, '-q', qos, '-m', reading])
    await eventually(async () => (await valuesOf(`gw/mosquitto/q${qos}`)).length === 1)
  })

  it('a wrong password and MQTT 5 are refused with a word', async () => {
    const args = ['-h', '127.0.0.1', '-p', port, '-t', 'x', '-m', 'y']
    await expect(run('mosquitto_pub', [...args, '-u', 'gw', '-P', 'no'])).rejects.toThrow(/bad user name or password/i)
    await expect(run('mosquitto_pub', [...args, '-u', 'gw', '-P', 'gw', '-V', '5'])).rejects.toThrow(
      /protocol version/i,
    )
  })
})

describe.skipIf(!python)(`Python's paho-mqtt${python ? '' : ': not installed here and not to be had'}`, () => {
  it('publishes at every QoS, keeps a session and receives', async () => {
    const script = `
import sys, threading
import paho.mqtt.client as mqtt
port = int(sys.argv[1])
heard, done, ready = [], threading.Event(), threading.Event()
def client(name, clean):
    c = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
    c.username_pw_set('gw', 'gw')
    return c
def on_message(c, u, m):
    heard.append(m.payload.decode())
    if len(heard) == 4: done.set()
s = client('paho-sub', False)
s.on_message = on_message
s.on_subscribe = lambda *a: ready.set()
s.connect('127.0.0.1', port, 30)
s.loop_start()
s.subscribe('x/paho', 2)
ready.wait(20)
p = client('paho-pub', True)
p.connect('127.0.0.1', port, 30)
p.loop_start()
for qos in (0, 1, 2):
    p.publish('x/paho', 'q%d' % qos, qos).wait_for_publish(20)
    p.publish('t/gw/d/paho/v', '{"ts":%d,"value":%d}' % (${now} + qos, qos), qos).wait_for_publish(20)
s.disconnect(); s.loop_stop()
p.publish('x/paho', 'away', 1).wait_for_publish(20)
s.connect('127.0.0.1', port, 30); s.loop_start()
done.wait(20)
print(' '.join(heard))
p.disconnect(); s.disconnect()
`
    const { stdout } = await run(python as string, ['-c', script, port])
    expect(stdout.trim()).toBe('q0 q1 q2 away')
    await eventually(async () => (await valuesOf('gw/paho/v')).length === 3)
  })
})
