import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seriesIdOf, seriesIdText } from '@quartier/contracts'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { quartier, type Up, up } from './quartier.ts'

const DOCUMENT = new URL('../../docs/sources/devices.md', import.meta.url)
const MAIN = fileURLToPath(new URL('../../infra/cli/src/main.ts', import.meta.url))

const isThere = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}

/** The commands of the document that a reader types, one block after the other. */
const blocks = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map((m) => m[1] as string)

let folder: string
let data: string
let platform: Up
let tlsPort: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-devices-'))
  data = join(folder, 'data')
  platform = await up(data, '--no-demo', '--mqtts-port', '0')
  tlsPort = /mqtts:\/\/localhost:(\d+)/.exec(platform.said())?.[1] ?? ''
})
afterAll(async () => {
  await platform.interrupt()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a block as it stands in the document, on our data folder and port. */
function run(block: string): Promise<string> {
  const node = [process.execPath, ...process.execArgv, MAIN].map((word) => `'${word}'`).join(' ')
  const npm = `npm() { shift 3; ${node} "$@" --data '${data}'; }`
  const script = `set -e\n${npm}\n${block.replaceAll('8883', tlsPort)}`
  return new Promise((resolve, reject) => {
    const shell = spawn('bash', ['-c', script], { cwd: folder })
    let said = ''
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (chunk) => {
        said += chunk
      })
    shell.once('exit', (code) => (code === 0 ? resolve(said) : reject(new Error(said))))
  })
}

describe('docs/sources/devices.md', () => {
  it('brings a reading in over mutual TLS with the commands it shows, and shuts the device out', async ({ skip }) => {
    if (!isThere('mosquitto_pub')) skip('there is no mosquitto_pub on this machine')
    const [add, publish, revoke, ...rest] = blocks
    expect(await run(add as string)).toContain('Certificate of lamp-1')
    expect(statSync(join(folder, 'lamp-1', 'lamp-1.key')).mode & 0o777).toBe(0o600)
    const [send, query] = (publish as string).split(/^(?=npm)/m)
    await run(send as string)
    await vi.waitFor(async () => expect(await run(query as string)).toContain('21.5'), { timeout: 20_000 })
    const cert = readFileSync(join(folder, 'lamp-1', 'lamp-1.crt'))
    const key = readFileSync(join(folder, 'lamp-1', 'lamp-1.key'))
    const ca = readFileSync(join(folder, 'lamp-1', 'authority.crt'))
    const client = await mqtt.connectAsync(`mqtts://localhost:${tlsPort}`, { cert, key, ca, reconnectPeriod: 0 })
    const closed = new Promise((done) => client.once('close', done as () => void))
    const log = await run(revoke as string)
    await closed
    expect(log).toContain('lamp-1: its password and 1 certificate or token revoked')
    await expect(run(send as string)).rejects.toThrow(/not authorised/i)
    await vi.waitFor(
      async () => {
        const said = quartier('device', 'log', 'lamp-1', '--data', data).stdout
        expect(said).toMatch(/closed-revoked/)
        expect(said).toMatch(/certificate-revoked .*: stolen/)
      },
      { timeout: 20_000 },
    )
    for (const block of rest) await run(block)
    const file = join(folder, 'lamps.credentials.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { devices } = JSON.parse(readFileSync(file, 'utf8')) as { devices: { name: string; password?: string }[] }
    expect(devices.map((d) => d.name)).toEqual(['lamp-2', 'lamp-3', 'gw-north'])
    const { name, password } = devices[2] as { name: string; password: string }
    const gateway = await mqtt.connectAsync(`mqtts://localhost:${tlsPort}`, { ca, username: name, password })
    await gateway.publishAsync('t/lighting/d/street-7/power', '12', { qos: 1 })
    await gateway.endAsync()
  })

  it('tells every event that a device log may hold, and every column', () => {
    const text = readFileSync(DOCUMENT, 'utf8')
    for (const word of ['certificate-foreign', 'handshake-failed', 'closed-revoked', '`format`', '`historical`'])
      expect(text).toContain(word)
  })
})

describe('quartier device', () => {
  it('lists who is registered and by what each is known', () => {
    quartier('device', 'add', 'known', '--data', data, '--credential', 'token')
    const { stdout } = quartier('device', 'list', '--data', data)
    expect(stdout).toMatch(/^known +device +known +known +token until \d{4}-\d\d-\d\d +enabled$/m)
  })

  it('adopts devices whose readings are kept aside', async () => {
    const records = await openSqliteRecords({ path: join(data, 'records.db') })
    const series = ['t', 'rh'].map((property) => ({
      key: `wild/hall/${property}`,
      id: seriesIdText(seriesIdOf(`wild/hall/${property}`)),
      property,
      unit: '',
      assetId: null,
      intervalMs: 0,
      source: 'wild',
      validMin: null,
      validMax: null,
      status: 'quarantined' as const,
      personal: false,
      historical: false,
    }))
    await records.registry.putSeries(series)
    expect(quartier('device', 'quarantine', '--data', data).stdout).toMatch(/^wild\/hall +2 +t rh$/m)
    expect(quartier('device', 'adopt', 'wild/attic', '--data', data).stderr).toContain('Nothing of wild/attic waits')
    expect(quartier('device', 'adopt', 'wild/hall', '--data', data).stdout).toContain('1 device adopted, with 2 series')
    expect((await records.registry.seriesByKey('wild/hall/t'))?.status).toBe('active')
    await records.close()
  })

  it('says what is wrong, with the code for wrong usage or failure', () => {
    expect(quartier('device', 'add', 'a/b', '--data', data)).toMatchObject({ code: 2 })
    expect(quartier('device', 'add', '--data', data).stderr).toContain('a name, or --from')
    const twice = quartier('device', 'add', 'known', '--data', data)
    expect(twice.code).toBe(2)
    expect(twice.stderr).toContain('Registered already: known')
    expect(quartier('device', 'rotate', 'nobody', '--data', data).stderr).toContain('Nobody is called nobody')
  })
})
