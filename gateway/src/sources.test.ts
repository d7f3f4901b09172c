import { readdirSync, readFileSync } from 'node:fs'
import { decodeEventBatch, EVENTS, kindOfCode, RECEIPTS, STATES, type StateChange, topic } from '@quartier/contracts'
import { type DeviceRequest, type Format, principalFrom } from '@quartier/contracts/devices'
import { REMOVAL_KINDS, type Receipt } from '@quartier/contracts/privacy'
import type { Principal } from '@quartier/contracts/records'
import { describe, expect, it } from 'vitest'
import { idOf, RawClient, readBack, type TestGateway, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'

/**
 * The examples in docs/sources: what stands in a block `mqtt <topic>` is published (`mqtt-hex` for bytes), one after the
 * other, and the block `stored` behind them says all that is then stored, the newest of each series. They are sent by whom
 * the page lets in with `device add`, with no other rights than that gives. Pages without such blocks show other things,
 * which other tests do: bridge.test.ts here and in opcua, tests/e2e/devices.test.ts; tests/e2e/source-documents.test.ts runs the
 * commands of them all.
 */
const DOCS = new URL('../../docs/sources/', import.meta.url)
const NOW = Date.parse('2026-11-23T12:00:30Z')
const FENCE = /^```(mqtt|mqtt-hex|stored|events|removed)(?: (.+))?\n([\s\S]*?)^```$/gm

interface Example {
  readonly messages: { readonly mqttTopic: string; readonly payload: Buffer }[]
  stored: readonly string[]
  /** All events, and all that the privacy firewall removed; where the document says. */
  events?: readonly string[]
  removed?: readonly string[]
}

function examplesIn(text: string): Example[] {
  const examples: Example[] = []
  let messages: Example['messages'] = []
  for (const [, kind, mqttTopic = '', body = ''] of text.matchAll(FENCE)) {
    const lines = body.trim().split('\n').sort()
    if (kind === 'stored') {
      examples.push({ messages, stored: lines })
      messages = []
    } else if (kind === 'events' || kind === 'removed') {
      const example = examples.at(-1)
      if (example) example[kind] = lines
    } else {
      const payload = kind === 'mqtt-hex' ? Buffer.from(body.replaceAll(/\s/g, ''), 'hex') : Buffer.from(body.trim())
      messages.push({ mqttTopic, payload })
    }
  }
  return examples
}

async function statesIn(gateway: TestGateway): Promise<StateChange[]> {
  const found: StateChange[] = []
  for (let partition = 0; partition < topic(STATES).partitions; partition++)
    for (const record of await gateway.log.read(STATES, { partition, offset: 0 }, 1_000))
      found.push(...(JSON.parse(Buffer.from(record.value).toString()) as StateChange[]))
  return found
}

async function eventsIn(gateway: TestGateway): Promise<string[]> {
  const found: string[] = []
  for (let partition = 0; partition < topic(EVENTS).partitions; partition++)
    for (const record of await gateway.log.read(EVENTS, { partition, offset: 0 }, 1_000)) {
      const { columns: c } = decodeEventBatch(record.value)
      for (let row = 0; row < c.length; row++) {
        const from = row === 0 ? 0 : (c.attributesEnd[row - 1] as number)
        const attributes = Buffer.from(c.attributes).toString('utf8', from, c.attributesEnd[row])
        const kind = kindOfCode(c.kind[row] as number)
        found.push(`${c.words[c.device[row] as number]} ${kind} ${attributes.replace(/[0-9a-f]{48}/, '…')}`.trim())
      }
    }
  return found.sort()
}

async function removedIn(gateway: TestGateway): Promise<string[]> {
  const sums = new Map<string, Record<string, number>>()
  for (const record of await gateway.log.read(RECEIPTS, { partition: 0, offset: 0 }, 1_000)) {
    const receipt = JSON.parse(Buffer.from(record.value).toString()) as Receipt
    for (const [camera, removed] of Object.entries(receipt.cameras)) {
      const name = `${receipt.source}/${camera}`
      const sum = sums.get(name) ?? {}
      sums.set(name, sum)
      for (const [kind, n] of Object.entries(removed)) sum[kind] = (sum[kind] ?? 0) + n
    }
  }
  const inOrder = (sum: Record<string, number>) =>
    Object.fromEntries(REMOVAL_KINDS.filter((kind) => sum[kind]).map((kind) => [kind, sum[kind]]))
  return [...sums].map(([name, sum]) => `${name} ${JSON.stringify(inOrder(sum))}`).sort()
}

/** Whom the page lets in. */
function letInBy(text: string): Principal {
  const [, command = ''] = /quartier -- device add ((?:.*\\\n)*.*)/.exec(text) ?? []
  const given: Record<string, string[]> = {}
  let option = 'name'
  for (const word of command.replaceAll('\\\n', ' ').match(/'[^']*'|"[^"]*"|\S+/g) ?? []) {
    if (word.startsWith('--')) option = word.slice(2)
    given[option] ??= []
    if (!word.startsWith('--')) given[option]?.push(word.replaceAll(/^['"]|['"]$/g, ''))
  }
  const { name, kind, format, source, publish, subscribe, personal } = given
  return principalFrom({
    name: name?.[0] ?? '',
    credential: 'password',
    kind: kind?.[0] as Principal['kind'],
    format: format?.[0] as Format,
    source: source?.[0],
    publish,
    subscribe,
    personal: personal !== undefined,
  } as DeviceRequest)
}

async function publishAll(
  who: Principal,
  messages: Example['messages'],
  keys: readonly string[],
): Promise<Omit<Example, 'messages'>> {
  const gateway = await testGateway({ clock: { now: () => NOW, speed: 1 }, principals: [{ ...who, secret: who.name }] })
  const client = new RawClient(gateway.port)
  try {
    client.send(connect('example', { username: who.name, password: who.name }))
    await client.expect('20020000')
    for (const [i, { mqttTopic, payload }] of messages.entries()) {
      client.send(publish(mqttTopic, payload, { id: i + 1 }))
      await client.expect(Buffer.from([0x40, 2, 0, i + 1]).toString('hex'))
    }
    const stored = new Map<string, string>()
    const { readings } = await readBack(gateway.log)
    for (const r of readings) {
      const key = keys.find((k) => idOf(k) === r.id)
      const mark = (r.quality & 3) === 3 ? ' stale' : ''
      stored.set(key ?? `an unexpected series ${r.id}`, `${r.value}${mark}`)
    }
    for (const s of await statesIn(gateway)) stored.set(s.key, JSON.stringify(s.text))
    return {
      stored: [...stored].map(([key, value]) => `${key} = ${value}`).sort(),
      events: await eventsIn(gateway),
      removed: await removedIn(gateway),
    }
  } finally {
    client.destroy()
    await gateway.stop()
  }
}

const textOf = (file: string): string => readFileSync(new URL(file, DOCS), 'utf8')
const FILES = readdirSync(DOCS).filter((file) => file.endsWith('.md') && textOf(file).includes('```stored'))

describe.each(FILES)('docs/sources/%s', (file) => {
  const text = textOf(file)

  it.each(examplesIn(text))('stores what the example says', async ({ messages, ...said }) => {
    const keys = said.stored.map((line) => line.split(' = ')[0] as string)
    expect(await publishAll(letInBy(text), messages, keys)).toMatchObject(said)
  })
})
