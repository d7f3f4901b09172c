/**
 * The start smoke test, through the doors that people use: `npm start` on an empty data folder, one reading in by
 * MQTT, the same reading out by `npm run quartier -- query`, the page, Ctrl-C. Run: `node tests/smoke.ts`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mqtt from 'mqtt'

const root = fileURLToPath(new URL('..', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'quartier-smoke-'))
const KEY = 'demo/lamp-1/temperature'

function check(what: string, good: boolean): void {
  process.stdout.write(`smoke: ${good ? 'ok' : 'NOT OK'}: ${what}\n`)
  if (!good) process.exitCode = 1
}

async function until<T>(
  what: string,
  limitMs: number,
  attempt: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    const got = await attempt()
    if (got !== undefined) return got
    if (Date.now() > end) throw new Error(`gave up after ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const platform: ChildProcess = spawn(
  'npm',
  ['start', '--', '--port', '0', '--mqtt-port', '0', '--data', data, '--sensors', '200'],
  {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  },
)
let printed = ''
platform.stdout?.on('data', (chunk) => {
  printed += chunk
})
const exited = new Promise<number | null>((resolve) => platform.once('exit', resolve))
try {
  const web = await until('the address of the page', 600_000, () => /Open\s+(http:\S+)/.exec(printed)?.[1])
  const broker = await until('the address of the gateway', 1_000, () => /(mqtt:\/\/\S+)/.exec(printed)?.[1])
  check('prints the password of the first administrator', /Password\s+\S{12,}/.test(printed))
  check('the page answers', (await fetch(web)).ok)
  check('is healthy', (await fetch(new URL('/healthz', web))).ok)

  const client = await mqtt.connectAsync(broker)
  const at = Date.now()
  await client.publishAsync('t/demo/d/lamp-1/temperature', JSON.stringify({ ts: at, value: 21.5 }), { qos: 1 })
  await client.endAsync()
  const row = await until('the reading in a query', 30_000, () => {
    const query = spawnSync('npm', ['run', '--silent', 'quartier', '--', 'query', KEY, '--data', data, '--json'], {
      cwd: root,
      encoding: 'utf8',
    })
    return query.status === 0 && query.stdout.includes('21.5')
      ? (JSON.parse(query.stdout) as { value: number; measuredAt: string })
      : undefined
  })
  check('the reading that went in comes out', row.value === 21.5 && Date.parse(row.measuredAt) === at)

  const stoppedAt = Date.now()
  platform.kill('SIGINT')
  const code = await Promise.race([exited, new Promise<string>((resolve) => setTimeout(resolve, 15_000, 'it runs on'))])
  check(`stops cleanly (code ${code}, ${Date.now() - stoppedAt} ms)`, code === 0 || code === 130)
} catch (error) {
  check(String(error), false)
} finally {
  // Whatever went wrong, nothing of the platform outlives its test.
  try {
    process.kill(-platform.pid!, 'SIGKILL')
  } catch {
    // All of it has gone already.
  }
  rmSync(data, { recursive: true, force: true })
}
process.exit(process.exitCode ?? 0)
