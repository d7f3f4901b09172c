import { readFileSync } from 'node:fs'
import { MAPPINGS, type Mapping, PREVIEWS, previewAnswerSchema, TOPICS } from '@quartier/contracts'
import { sealFor } from '@quartier/contracts/runtime'
import { afterEach, describe, expect, it } from 'vitest'
import { CODECS } from './codecs/index.ts'
import { previewOf } from './mappings.ts'
import { eventually, idOf, RawClient, readBack, type TestGateway, testGateway } from './testing.ts'
import { connect, publish, subscribe } from './testing-packets.ts'
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

  it('can tell events, beside the readings that it names; who was at the door goes no further', async () => {
    const g = await open()
    const options = {
      time: '/at',
      event: {
        kind: { at: '/state', is: { forced: 'door-forced' } },
        id: '/n',
        attributes: { door: '/door', holder: '/who' },
      },
      values: { cycles: '/cycles' },
    }
    await keep(g, mapping({ filter: 'doors/{source}/{device}', options }))
    const listener = new RawClient(g.port).send(connect('listener'))
    await listener.expect('20020000')
    listener.send(subscribe(1, ['#', 0]))
    await listener.expect('9003000100')
    await eventually(async () => {
      for (const state of ['closed', 'forced', 'closed'])
        await send(
          'doors/acme/d-1',
          JSON.stringify({ at: NOW, state, n: 4, door: 'North', who: 'A. Person', cycles: 7 }),
        )
      return (await g.metric('events_total')) > 0
    })
    await send('t/acme/d/other/p', '1')
    await listener.until(() => listener.received.includes('other/p'))
    const { readings } = await readBack(g.log)
    expect(readings.at(-2)).toMatchObject({ id: idOf('acme/d-1/cycles'), value: 7 })
    for (const t of TOPICS)
      for (let partition = 0; partition < t.partitions; partition++)
        for (const record of await g.log.read(t.name, { partition, offset: 0 }, 1_000))
          expect(`${t.name} ${Buffer.from(record.value).includes('Person')}`).toBe(`${t.name} false`)
    expect(listener.received.includes('Person')).toBe(false)
    listener.destroy()
  })

  it('can be tried before it is kept: a gateway answers, and stores nothing', async () => {
    const g = await open()
    const answers = async () =>
      (await g.log.read(PREVIEWS, { partition: 0, offset: 0 }, 10)).flatMap(
        (r) => previewAnswerSchema.safeParse(JSON.parse(Buffer.from(r.value).toString())).data ?? [],
      )
    const ask = async (more: object) => {
      const request = { ask: 'q1', mapping: mapping(), mqttTopic: 'vendor/acme/up', payload: null, ...more }
      const before = (await answers()).length
      await g.log.append(PREVIEWS, [{ key: 'q1', value: Buffer.from(JSON.stringify(request)) }])
      await eventually(async () => (await answers()).length > before)
      return (await answers()).at(-1)
    }
    const { box = '' } = (await ask({})) ?? {}
    // One that is sealed for another gateway, or not at all, is not this one's to answer.
    const [other, open_] = [{ to: 'another', payload: sealFor(box, Buffer.from(MESSAGE)) }, { payload: 'e30=' }]
    for (const more of [other, open_])
      await g.log.append(PREVIEWS, [
        { key: 'q', value: Buffer.from(JSON.stringify({ ask: 'q', mapping: mapping(), mqttTopic: 'x', ...more })) },
      ])
    const answer = await ask({ to: box, payload: sealFor(box, Buffer.from(MESSAGE)) })
    expect(await answers()).toHaveLength(2)
    expect(answer?.preview.readings).toEqual([{ device: 's-1', property: 'temp', measuredAt: NOW, value: 21.5 }])
    expect((await readBack(g.log)).readings).toEqual([])
  })
})

describe('the preview of a mapping', () => {
  const preview = (m: Mapping, topic: string, payload: string | undefined) =>
    previewOf(m, topic, payload === undefined ? undefined : Buffer.from(payload), CODECS as CodecTable, NOW)

  it('shows readings, states and what is set aside', () => {
    const flat = mapping({ filter: 'v/{source}/{device}', options: {} })
    expect(preview(flat, 'v/acme/s-1', '{"t":1,"mode":"eco","x":null}')).toEqual({
      ...{ invalid: null, rejection: null, events: [], removed: {}, more: 0 },
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
    [mapping({ options: { event: { kind: 'door-smashed' } } }), /event\.kind/],
    [mapping({ options: { event: { kind: 'motion', attributes: { 'a b': '/x' } } } }), /event\.attributes/],
  ])('says what is wrong with a mapping', (m, words) => {
    expect(preview(m, 'x', undefined).invalid).toMatch(words)
  })

  it('shows events as the privacy firewall lets them through, and what it takes out', () => {
    const doors = mapping({
      filter: 'access/{source}/{device}',
      options: {
        time: '/at',
        event: {
          kind: { at: '/what', is: { '17': 'access-denied', forced: 'door-forced' } },
          attributes: { door: '/door', person: '/who', plate: '/plate', badge: '/note' },
        },
      },
    })
    const message = { what: 17, at: NOW, door: 'Plant room', who: 'A. Person', plate: 'QA 12345', note: 'a word' }
    const shown = preview(doors, 'access/acme/door-7', JSON.stringify(message))
    expect(shown).toMatchObject({
      ...{ invalid: null, rejection: null, readings: [], states: [], setAside: [] },
      events: [{ device: 'door-7', kind: 'access-denied', severity: 'notice', measuredAt: NOW }],
      removed: { person: 2 },
    })
    expect(shown.events[0]?.attributes).toEqual({ door: 'Plant room', plateToken: '…' })
    const quoted = preview(doors, 'access/acme/door-7', '{"what":17,"at":"A. Person"}')
    expect(quoted.rejection?.reason).toBe('json-time')
    expect(JSON.stringify([shown, quoted])).not.toMatch(/Person|12345/)
    expect(preview(doors, 'access/acme/door-7', '{"what":"closed"}')).toMatchObject({ rejection: null, events: [] })
  })

  it('tells what the description of the format says', () => {
    const text = readFileSync(new URL('../../docs/formats/json.md', import.meta.url), 'utf8')
    const [example = '{}'] = [...text.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, code = '']) =>
      code.includes('"event"') ? code : [],
    )
    const { filter, options } = JSON.parse(example) as Pick<Mapping, 'filter' | 'options'>
    const told = (state: string) => {
      const alarm = { state, no: 881, code: 12 }
      const { events, readings } = preview(
        mapping({ filter, options }),
        'lifts/acme/lift-3',
        JSON.stringify({ at: NOW, load: 320, floor: 3, alarm }),
      )
      expect(readings.map((r) => [r.property, r.value])).toEqual([['load', 320]])
      return events.map((e) => [e.kind, e.attributes])
    }
    expect(told('TRAPPED')).toEqual([['lift-entrapment', { fault: '12', floor: 3 }]])
    expect(told('OK')).toEqual([])
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
