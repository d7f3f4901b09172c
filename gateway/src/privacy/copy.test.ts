import { afterEach, describe, expect, it } from 'vitest'
import { eventually, RawClient, type TestGateway, testGateway } from '../testing.ts'
import { connect, publish, subscribe } from '../testing-packets.ts'
import { aList, aName, aNumber, anObject, aTime, aWord, copyOf } from './copy.ts'
import { openTopic } from './personal-topics.ts'

let gateway: TestGateway | undefined
const clients: RawClient[] = []
afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  await gateway?.stop()
  gateway = undefined
})

async function loggedIn(id: string): Promise<RawClient> {
  const c = new RawClient((gateway as TestGateway).port)
  clients.push(c)
  c.send(connect(id))
  await c.expect('20020000')
  return c
}

/** What somebody who listens to everything hears of messages, up to one that ends them. */
async function heard(messages: readonly (readonly [topic: string, payload: unknown])[]): Promise<[string, string][]> {
  gateway = await testGateway()
  const listener = await loggedIn('listener')
  listener.send(subscribe(1, ['#', 0]))
  await listener.until(() => listener.received.length >= 5)
  const sender = await loggedIn('sender')
  const END = 't/x/d/end/v'
  for (const [i, [topic, payload]] of [...messages, [END, 1] as const].entries())
    sender.send(publish(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { id: i + 1 }))
  await eventually(() => listener.received.includes(END))
  const got = packetsIn(listener.received.subarray(5))
  expect(got.pop()?.[0]).toBe(END)
  return got
}

function packetsIn(bytes: Buffer): [topic: string, payload: string][] {
  const found: [string, string][] = []
  for (let at = 0; at < bytes.length; ) {
    let length = 0
    let shift = 0
    let byte = 0x80
    for (at++; byte & 0x80; shift += 7) {
      byte = bytes[at++] as number
      length += (byte & 0x7f) << shift
    }
    const topicTo = at + 2 + bytes.readUInt16BE(at)
    found.push([bytes.toString('utf8', at + 2, topicTo), bytes.toString('utf8', topicTo, at + length)])
    at += length
  }
  return found
}

const AT = '2026-11-23T12:00:00Z'

describe('subscribers of cameras', () => {
  it('hear events of ONVIF without what tells who somebody is', async () => {
    const plate = { LicensePlateInfo: { PlateNumber: { '#text': '12345' }, CountryCode: { '#text': 'QA' } } }
    const got = await heard([
      [
        'gate-1/onvif-ej/RuleEngine/LineDetector/Crossed/&1',
        {
          UtcTime: AT,
          Source: { VideoSource: '1', Rule: 'North line' },
          Data: { ObjectId: '17', ClassTypes: 'Human Ali', Name: 'Ali', Image: 'abc', Owner: 'Sara', Direction: 'in' },
        },
      ],
      ['gate-1/onvif-ej/RuleEngine/Recognition/LicensePlate', { UtcTime: AT, Data: { ...plate, Plate: '12345' } }],
    ])
    expect(got.map(([topic, payload]) => [topic, JSON.parse(payload)])).toEqual([
      [
        'gate-1/onvif-ej/RuleEngine/LineDetector/Crossed/&1',
        {
          UtcTime: AT,
          Source: { VideoSource: '1', Rule: 'North line' },
          Data: { ObjectId: '17', ClassTypes: 'Human', Direction: 'in' },
        },
      ],
      [
        'gate-1/onvif-ej/RuleEngine/Recognition/LicensePlate',
        { UtcTime: AT, Data: { LicensePlateInfo: { CountryCode: { '#text': 'QA' } } } },
      ],
    ])
  })

  it('hear events, reviews and counts of Frigate likewise', async () => {
    const object = { id: '1-abc', camera: 'yard', label: 'car', score: 0.8, sub_label: ['Ali', 1], thumbnail: 'x' }
    const got = await heard([
      [
        'frigate/events',
        { type: 'new', before: object, after: { ...object, current_zones: ['North', 'a@b.example'] } },
      ],
      ['frigate/reviews', { type: 'new', before: {}, after: { camera: 'yard', data: { objects: ['car', 'ali'] } } }],
      ['frigate/yard/person', '3'],
      ['frigate/yard/motion', 'ON'],
    ])
    const kept = { camera: 'yard', label: 'car', score: 0.8 }
    expect(got.map(([topic, payload]) => [topic, payload === 'ON' ? payload : JSON.parse(payload)])).toEqual([
      ['frigate/events', { type: 'new', before: kept, after: { ...kept, current_zones: ['North'] } }],
      ['frigate/reviews', { type: 'new', before: {}, after: { camera: 'yard', data: { objects: ['car'] } } }],
      ['frigate/yard/person', 3],
      ['frigate/yard/motion', 'ON'],
    ])
  })

  it('hear nothing of what nobody can clean: metadata, pictures, words, unknown topics and refused messages', async () => {
    expect(
      await heard([
        ['gate-1/onvif-mj/VideoAnalytics/1/Temperature', { Frame: [] }],
        ['gate-1/onvif-ej/acme:Anything/Else', { UtcTime: AT, Data: { Count: 1 } }],
        ['gate-1/onvif-ej/RuleEngine/Recognition/LicensePlate/AB12345', { UtcTime: AT, Data: {} }],
        ['gate-1/onvif-ej/RuleEngine/LineDetector/Crossed', '{"UtcTime":'],
        ['frigate/yard/person/snapshot', 'JFIF'],
        ['frigate/yard/audio/transcription', 'my name is Ali'],
        ['frigate/stats', { cameras: {}, cpu_usages: { 7: { cmdline: 'rtsp://a:b@c' } } }],
        ['frigate/yard/person', 'Ali'],
      ]),
    ).toEqual([])
  })
})

describe('the copy of a message', () => {
  const copied = (kept: Parameters<typeof copyOf>[0], text: string) => {
    const bytes = Buffer.from(`[[${text}]]`)
    return copyOf(kept, bytes, 2, bytes.length - 2)?.toString()
  }

  it('has what is known to be harmless, of the expected type, and nothing else', () => {
    const kept = anObject({ at: aTime, n: aNumber, word: aWord('on off'), names: aList(aName) })
    expect(
      copied(kept, `{"n":1,"at":"${AT}","word":"ON","names":["Gate","+974 4412 3456",7],"x":1,"__proto__":{"n":2}}`),
    ).toBe(`{"at":"${AT}","n":1,"word":"ON","names":["Gate"]}`)
    expect(copied(kept, '{"n":"1","at":"yesterday","word":"Ali","names":"Ali"}')).toBe('{}')
    expect(copied(kept, '[1]')).toBeUndefined()
    expect(copied(kept, '{"n":')).toBeUndefined()
  })
})

it.each([
  ['gate-1/onvif-ej/RuleEngine/Face', 'gate-1/onvif-ej/RuleEngine/Face'],
  ['gate-1/onvif-ej/Motion/&1', 'gate-1/onvif-ej/Motion/&1'],
  ['gate-1/onvif-ej/Motion/&1/2', 'gate-1/onvif-ej/Motion/&1/2'],
  ['gate-1/onvif-ej/Plate/&1/AB12345', 'gate-1/onvif-ej/Plate'],
  ['00:1b:44:11:3a:b7/onvif-ej/Motion', undefined],
])('the topic %s is open as %s', (topic, open) => expect(openTopic(topic)).toBe(open))
