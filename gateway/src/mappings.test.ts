import { MAPPINGS, type Mapping, PREVIEWS, previewAnswerSchema } from '@quartier/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { CODECS } from './codecs/index.ts'
import { previewOf } from './mappings.ts'
import { eventually, idOf, RawClient, readBack, type TestGateway, testGateway } from './testing.ts'
import { connect, publish } from './testing-packets.ts'
import type { CodecTable } from './topics/routes.ts'

const NOW = 1_790_000_000_000
const mapping = (more: Partial<Mapping> = {}): Mapping => ({
  ...{ name: 'vendor', filter: 'vendor/{source}/up', source: null, enabled: true },
  options: { device: '/dev/id', time: '/at', timeUnit: 's', values: { temp: '/data/t' } },
  ...more,
})
const MESSAGE = '{"dev":{"id":"s-1"},"at":1790000000,"data":{"t":21.5}}'

let gateway: TestGateway | undefined
let client: RawClient | undefined

afterEach(async () => {
  client?.destroy()
  await gateway?.stop()
  gateway = undefined
})

async function open(): Promise<TestGateway> {
  gateway = await testGateway({ clock: { now: () => NOW, speed: 1 } })
  client = new RawClient(gateway.port).send(connect('c'))
  await client.expect('20020000')
  return gateway
}

const keep = (g: TestGateway, m: Mapping | undefined, name = 'vendor') =>
  g.log.append(MAPPINGS, [
    { key: name, value: m ? Buffer.from(JSON.stringify({ ...m, changedBy: 'me', changedAt: NOW })) : Buffer.alloc(0) },
  ])

let packetId = 0
async function send(topic: string, message: string): Promise<void> {
  const id = ++packetId
  client?.send(publish(topic, message, { id }))
  await client?.expect(Buffer.from([0x40, 2, id >> 8, id & 255]).toString('hex'))
}

describe('a JSON mapping that is edited while the gateway runs', () => {
  it('holds at once, is changed and goes again, without anybody reconnecting', async () => {
    const g = await open()
    const values = async () => (await readBack(g.log)).readings.map((r) => [r.id, r.value])
    const stored = async (property: string) => {
      await send('vendor/acme/up', MESSAGE)
      return (await values()).some(([id]) => id === idOf(`acme/s-1/${property}`))
    }
    expect(await stored('temp')).toBe(false)
    await keep(g, mapping())
    await eventually(() => stored('temp'))
    await keep(g, mapping({ options: { ...mapping().options, values: { warmth: '/data/t' } } }))
    await eventually(() => stored('warmth'))
    await keep(g, undefined)
    await eventually(async () => {
      const before = (await values()).length
      await send('vendor/acme/up', MESSAGE)
      return (await values()).length === before
    })
  })

  it('is there after a restart, comes before the configured routes, and one that is disabled or broken is passed over', async () => {
    const g = await open()
    await keep(g, mapping({ name: 'off', enabled: false }), 'off')
    await keep(g, mapping({ name: 'broken', filter: '#' }), 'broken')
    await keep(
      g,
      mapping({
        filter: 't/{source}/d/{device}',
        options: { values: { temp: '/data/t' }, time: '/at', timeUnit: 's' },
      }),
    )
    await g.restart()
    client = new RawClient(g.port).send(connect('c'))
    await client.expect('20020000')
    await send('t/acme/d/s-2', MESSAGE)
    expect((await readBack(g.log)).readings).toMatchObject([
      { id: idOf('acme/s-2/temp'), value: 21.5, measuredAt: NOW },
    ])
  })

  it('can be tried before it is kept: a gateway answers, and stores nothing', async () => {
    const g = await open()
    const request = {
      ask: 'q1',
      mapping: mapping(),
      mqttTopic: 'vendor/acme/up',
      payload: Buffer.from(MESSAGE).toString('base64'),
    }
    await g.log.append(PREVIEWS, [{ key: 'q1', value: Buffer.from(JSON.stringify(request)) }])
    const answers = async () =>
      (await g.log.read(PREVIEWS, { partition: 0, offset: 0 }, 10)).flatMap(
        (r) => previewAnswerSchema.safeParse(JSON.parse(Buffer.from(r.value).toString())).data ?? [],
      )
    await eventually(async () => (await answers()).length === 1)
    expect((await answers())[0]?.preview.readings).toEqual([
      { device: 's-1', property: 'temp', measuredAt: NOW, value: 21.5 },
    ])
    expect((await readBack(g.log)).readings).toEqual([])
  })
})

describe('the preview of a mapping', () => {
  const preview = (m: Mapping, topic: string, payload: string | undefined) =>
    previewOf(m, topic, payload === undefined ? undefined : Buffer.from(payload), CODECS as CodecTable, NOW)

  it('shows readings, states and what is set aside', () => {
    const flat = mapping({ filter: 'v/{source}/{device}', options: {} })
    expect(preview(flat, 'v/acme/s-1', '{"t":1,"mode":"eco","x":null}')).toEqual({
      ...{ invalid: null, rejection: null, more: 0 },
      readings: [{ device: 's-1', property: 't', measuredAt: null, value: 1 }],
      states: [{ device: 's-1', property: 'mode', measuredAt: null, text: 'eco' }],
      setAside: [{ reason: 'json-null', detail: expect.any(String) }],
    })
  })

  it.each([
    [mapping({ filter: '#' }), /wildcard/],
    [mapping({ filter: 'a/{what}' }), /placeholder/],
    [mapping({ options: { time: 'no pointer' } }), /JSON Pointer/],
    [mapping({ options: { colour: 'red' } }), /colour/],
  ])('says what is wrong with a mapping', (m, words) => {
    expect(preview(m, 'x', undefined).invalid).toMatch(words)
  })

  it('says that a topic does not match, and why a message is refused', () => {
    expect(preview(mapping(), 'other', MESSAGE).rejection?.reason).toBe('mapping-topic')
    expect(preview(mapping(), 'vendor/acme/up', '{"at":').rejection?.reason).toBe('json-syntax')
  })

  it('shows the first hundred rows and counts the others', () => {
    const many = `{${Array.from({ length: 130 }, (_, i) => `"p${i}":${i}`)}}`
    const shown = preview(mapping({ filter: 'v/{source}/{device}', options: {} }), 'v/a/b', many)
    expect([shown.readings.length, shown.more]).toEqual([100, 30])
  })
})
