/** What a platform is put through, whichever engines it runs on. */
import { createWriteStream, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import mqtt from 'mqtt'
import { quartier } from './quartier.ts'

/** A public data set: speeds of 207 loop detectors in Los Angeles, a week of 2,016 instants. */
export const LOS_LOOP = new URL('../../../shared/data/traffic-los-loop', import.meta.url).pathname
export const KEY = 'demo/lamp-1/temperature'
export const WEEK = { sensors: 207, steps: 2_016, readings: 417_312 }

export async function publish(url: string, value: number, at: number): Promise<void> {
  const client = await mqtt.connectAsync(url)
  await client.publishAsync('t/demo/d/lamp-1/temperature', JSON.stringify({ ts: at, value }), { qos: 1 })
  await client.endAsync()
}

/** Tells of a lift twice, as a sender does that was not heard. */
export async function publishEvent(url: string, id: string, at: number): Promise<void> {
  const client = await mqtt.connectAsync(url)
  const event = { kind: 'lift-fault', ts: at, id, attributes: { fault: 'E12', floor: 3 } }
  for (let i = 0; i < 2; i++) await client.publishAsync('e/lifts/d/lift-3', JSON.stringify(event), { qos: 1 })
  await client.endAsync()
}

/** What `quartier query events` finds of that lift. */
export const events = (at: readonly string[], ...args: string[]): { kind: string; attributes: object }[] =>
  quartier('query', 'events', '--device', 'lifts/lift-3', ...at, '--json', ...args)
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** What `quartier query` answers for `KEY`; `at` names the installation (`--data …`, `--config …`). */
export const rows = (at: readonly string[], ...args: string[]): { value: number; measuredAt: string }[] =>
  quartier('query', KEY, ...at, '--json', ...args)
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

/** Sends the recorded week over MQTT, reads everything back from the store and compares it with the file. */
export function replay(at: readonly string[], mqttUrl: string, path: readonly string[]) {
  return quartier('replay', ...path, ...at, '--url', mqttUrl, '--speed', '30000')
}

/** Arguments of `quartier replay` for the week in Los Angeles or, without the data set, for one of the same shape. */
export async function recordedWeek(folder: string): Promise<readonly string[]> {
  if (existsSync(LOS_LOOP)) return [LOS_LOOP]
  process.stderr.write(`${LOS_LOOP} is not there: a generated week of the same shape is sent in its place.\n`)
  const csv = join(folder, 'week.csv')
  const out = createWriteStream(csv)
  const names = Array.from({ length: WEEK.sensors }, (_, s) => `loop-${s}`)
  out.write(`at,${names.join()}\n`)
  for (let step = 0; step < WEEK.steps; step++) {
    const speeds = names.map((_, s) =>
      (55 + 12 * Math.sin((step + 31 * s) / 46) + ((step * 7 + s) % 10) / 8).toFixed(3),
    )
    out.write(`${Date.UTC(2012, 2, 1) + step * 300_000},${speeds.join()}\n`)
  }
  out.end()
  await finished(out)
  const mapping = join(folder, 'week.json')
  const values = { devices: { property: 'speed', unit: 'mile/h' } }
  writeFileSync(mapping, JSON.stringify({ source: 'loops', time: { column: 'at', format: 'ms' }, values }))
  return [csv, '--mapping', mapping]
}

export interface Person {
  readonly cookie: string
  get(path: string): Promise<unknown>
}

/** Signs in as the first administrator. */
export async function signIn(url: string, password: string | undefined): Promise<Person> {
  const answer = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'admin', password }),
  })
  if (!answer.ok) throw new Error(`sign in: ${answer.status} ${await answer.text()}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((c) => c.split(';')[0])
    .join('; ')
  return {
    cookie,
    async get(path) {
      const found = await fetch(url + path, { headers: { cookie } })
      if (!found.ok) throw new Error(`GET ${path}: ${found.status} ${await found.text()}`)
      return found.json()
    },
  }
}
