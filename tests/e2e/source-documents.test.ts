import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { quartier, type Up, up } from './quartier.ts'

/**
 * The commands that docs/sources shows, typed as they stand there at a running platform; devices.test.ts does those of
 * devices.md. What the pages say of payloads is tried in gateway/src/sources.test.ts.
 */
const DOCS = new URL('../../docs/sources/', import.meta.url)
const MAIN = fileURLToPath(new URL('../../infra/cli/src/main.ts', import.meta.url))

const textOf = (page: string): string => readFileSync(new URL(page, DOCS), 'utf8')
/** In a block or in a sentence, perhaps over several lines. */
const commandsIn = (page: string): string[] =>
  [...textOf(page).matchAll(/npm run quartier -- ((?:[^`\n\\]|\\\n)+)/g)].map((m) => m[1] as string)
const PAGES = readdirSync(DOCS).filter((page) => page !== 'devices.md' && commandsIn(page).length > 0)

let folder: string
let platform: Up

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-documents-'))
  platform = await up(folder, '--no-demo')
})
afterAll(async () => {
  await platform.interrupt()
  rmSync(folder, { recursive: true, force: true })
})

/** Lets a shell take the command apart, as it does for whoever types it. Returns what went wrong. */
function troubleOf(command: string): string {
  const shell = ['-c', `"$@" ${command} --data '${folder}'`, 'sh', process.execPath, ...process.execArgv, MAIN]
  const { status, stderr } = spawnSync('sh', shell, { encoding: 'utf8' })
  // Nothing has been sent yet that could be found.
  return status === 0 || stderr.startsWith('quartier: No series matches') ? '' : stderr
}

describe('docs/sources', () => {
  it.each(PAGES)('%s shows commands that work', (page) => {
    for (const command of commandsIn(page)) expect(`${command}: ${troubleOf(command)}`).toBe(`${command}: `)
  })

  it('chirpstack.md tries ChirpStack out with a message that becomes a reading', async () => {
    const [, username = '', mqttTopic = '', payload = ''] =
      /`mosquitto_pub -u (\S+) .*-t (\S+) -m '(.+)'`/.exec(textOf('chirpstack.md')) ?? []
    const password = /once: (\S+)/.exec(quartier('device', 'rotate', username, '--data', folder).stdout)?.[1]
    const client = await mqtt.connectAsync(platform.mqttUrl, { username, password, reconnectPeriod: 0 })
    await client.publishAsync(mqttTopic, payload, { qos: 1 })
    await client.endAsync()
    const key = `lora/${mqttTopic.split('/')[3]}/fill`
    await vi.waitFor(() => expect(quartier('query', key, '--data', folder).stdout).toContain('62.5'), {
      timeout: 20_000,
      interval: 500,
    })
  })
})
