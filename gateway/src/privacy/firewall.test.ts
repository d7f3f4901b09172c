import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEventBatch, EVENTS, RECEIPTS, REJECTED, SERIES, STATES, topic } from '@quartier/contracts'
import { type Receipt, receiptSchema } from '@quartier/contracts/privacy'
import { DayKeys } from '@quartier/contracts/privacy/day-keys'
import { openToken } from '@quartier/contracts/privacy/plate-token'
import { afterEach, describe, expect, it } from 'vitest'
import {
  eventually,
  principal,
  RawClient,
  readBack,
  sumCounts,
  type TestGateway,
  type TestOptions,
  testGateway,
} from '../testing.ts'
import { connect, PING, publish, subscribe } from '../testing-packets.ts'

const CONNACK = '20020000'
const DAY = 86_400_000
const NOON = Date.parse('2026-11-23T12:00:00Z')
const keysIn = (folder: string) => readdirSync(join(folder, 'secrets')).filter((name) => name.endsWith('.key'))

let now = NOON
const clock = { now: () => now, speed: 1 }

let gateway: TestGateway | undefined
const clients: RawClient[] = []
afterEach(async () => {
  for (const c of clients.splice(0)) c.destroy()
  await gateway?.stop()
  gateway = undefined
  now = NOON
})

async function open(options: TestOptions = {}): Promise<TestGateway> {
  gateway = await testGateway({ clock, ...options })
  return gateway
}

async function loggedIn(id: string, options: Parameters<typeof connect>[1] = {}): Promise<RawClient> {
  const c = new RawClient(gateway?.port as number)
  clients.push(c)
  c.send(connect(id, options))
  await c.expect(CONNACK)
  return c
}

/** Publishes one after the other at QoS 1 and waits for the last acknowledgement. */
async function send(
  c: RawClient,
  ...messages: readonly (readonly [topic: string, payload: string | Buffer, retain?: boolean])[]
) {
  messages.forEach(
    ([to, payload, retain], i) => void c.send(publish(to, payload, { id: i + 1, retain: retain ?? false })),
  )
  await c.until(() => c.received.length >= messages.length * 4)
  c.received = Buffer.alloc(0)
}

async function valuesOf(name: string): Promise<Buffer[]> {
  const { log } = gateway as TestGateway
  const values: Buffer[] = []
  for (let partition = 0; partition < topic(name).partitions; partition++)
    for (const record of await log.read(name, { partition, offset: 0 }, 1000)) values.push(Buffer.from(record.value))
  return values
}

async function events() {
  const found: { device: string; attributes: Record<string, unknown> }[] = []
  for (const value of await valuesOf(EVENTS)) {
    const { columns: c } = decodeEventBatch(value)
    for (let row = 0; row < c.length; row++) {
      const text = Buffer.from(c.attributes).toString(
        'utf8',
        row === 0 ? 0 : c.attributesEnd[row - 1],
        c.attributesEnd[row],
      )
      found.push({
        device: c.words[c.device[row] as number] as string,
        attributes: text === '' ? {} : JSON.parse(text),
      })
    }
  }
  return found
}

const receipts = async (): Promise<Receipt[]> =>
  (await valuesOf(RECEIPTS)).map((value) => receiptSchema.parse(JSON.parse(value.toString())))

const plateMessage = (plate: string, at = now) =>
  `{"UtcTime":"${new Date(at).toISOString()}","Source":{"VideoSource":"1"},"Data":{"LicensePlateInfo":{"PlateNumber":"${plate}"},"Image":"/9j/4AAQ","ImageURI":"http://c/1.jpg"}}`
const LPR = 'gate-1/onvif-ej/RuleEngine/Recognition/LicensePlate/&1'
const FACE = 'gate-1/onvif-ej/RuleEngine/Recognition/Face/&1'

describe('the privacy firewall', () => {
  it('puts one token a day in place of a plate, which nobody can recognise without the key of the day', async () => {
    const { folder } = await open()
    const c = await loggedIn('cam')
    await send(
      c,
      [LPR, plateMessage('QA 123456', now)],
      [LPR, plateMessage('qa-123456', now + 1)],
      [LPR, plateMessage('QA 7', now + 2)],
    )
    const key = new DayKeys(join(folder, 'secrets'), clock).existing()
    const sealed = (await events()).map((e) => e.attributes.plateToken as string)
    const opened = sealed.map((s) => openToken(key as never, s))
    expect(new Set(sealed).size).toBe(3)
    expect(opened[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(opened[1]).toBe(opened[0])
    expect(opened[2]).not.toBe(opened[0])
    const stolen = { ...key, token: Buffer.from(key?.token as Buffer), link: Buffer.from(key?.link as Buffer) } as never
    now += DAY
    await send(c, [LPR, plateMessage('QA 123456')])
    expect(keysIn(folder)).toEqual(['privacy-2026-11-24.key'])
    const next = (await events()).map((e) => e.attributes.plateToken as string).at(-1) as string
    const nextKey = new DayKeys(join(folder, 'secrets'), clock).existing()
    expect(openToken(nextKey as never, next)).not.toBe(opened[0])
    // Without it being kept aside, as this test did, the key is gone, and the old tokens mean nothing.
    expect(openToken(stolen, sealed[0] as string)).toBe(opened[0])
    expect(openToken(nextKey as never, sealed[0] as string)).not.toBe(openToken(nextKey as never, sealed[1] as string))
  })

  it('destroys the key when its day is over, also when nothing comes', async () => {
    const { folder } = await open()
    const c = await loggedIn('cam')
    await send(c, [LPR, plateMessage('QA 1')])
    expect(keysIn(folder)).toEqual(['privacy-2026-11-23.key'])
    now += DAY
    await eventually(() => keysIn(folder).length === 0)
  })

  it('leaves a receipt for each thing it removed, by camera, minute and kind, and counts it in the ledger', async () => {
    const { log } = await open()
    const c = await loggedIn('cam')
    const face = '{"Data":{"EnrollmentID":"4711","Image":"/9j/"}}'
    await send(
      c,
      [LPR, plateMessage('QA 1')],
      [FACE, face],
      [FACE, face.slice(0, 20)],
      ['frigate/yard/person/snapshot', Buffer.from([0xff, 0xd8, 0xff])],
    )
    const minute = Math.floor(NOON / 60_000) * 60_000
    const sums: Record<string, Record<string, number>> = {}
    for (const receipt of await receipts()) {
      expect(receipt.minute).toBe(minute)
      for (const [camera, counts] of Object.entries(receipt.cameras)) {
        sums[`${receipt.source}/${camera}`] ??= {}
        const sum = sums[`${receipt.source}/${camera}`] as Record<string, number>
        for (const [kind, n] of Object.entries(counts)) sum[kind] = (sum[kind] ?? 0) + n
      }
    }
    expect(sums).toEqual({
      'onvif/gate-1': { plate: 1, image: 2, uri: 1, face: 1, person: 1, message: 1 },
      'frigate/yard': { image: 1 },
    })
    const removed: Record<string, number> = {}
    for (const { removed: counts = {} } of (await readBack(log)).counts)
      for (const [kind, n] of Object.entries(counts)) removed[kind] = (removed[kind] ?? 0) + n
    expect(removed).toEqual({ plate: 1, image: 3, uri: 1, face: 1, person: 1, message: 1 })
    expect(sumCounts((await readBack(log)).counts).messages).toMatchObject({ received: 4, accepted: 3 })
  })

  it('hands on of a camera only a copy that tells nothing of anybody, and retains nothing, while its numbers are stored', async () => {
    const { log } = await open()
    const reader = await loggedIn('reader')
    reader.send(subscribe(1, ['#', 1]))
    await reader.expect('9003000101')
    const c = await loggedIn('cam')
    await send(
      c,
      ['frigate/gate/person', '7', true],
      [FACE, '{"Data":{"Name":"Ali"}}', true],
      ['t/s/d/lamp/power', '5'],
    )
    await reader.until(() => reader.received.includes('lamp'))
    reader.send(PING)
    await reader.until(() => reader.received.toString('hex').endsWith('d000'))
    expect(reader.received.toString('latin1')).toMatch(/frigate\/gate\/person7.*Face\/&1\{"Data":\{\}\}/s)
    expect(reader.received.toString('latin1')).not.toContain('Ali')
    const later = await loggedIn('later')
    later.send(subscribe(2, ['#', 0]), PING)
    await later.until(() => later.received.toString('hex').endsWith('d000'))
    expect(later.received.toString('latin1')).not.toMatch(/frigate|onvif|Ali/)
    expect((await readBack(log)).readings.map((r) => r.value)).toEqual(expect.arrayContaining([7, 5]))
  })

  it('keeps of what it cannot read the structure, and a hash that only the key of the day can make', async () => {
    await open()
    const c = await loggedIn('cam')
    await send(c, ['gate-1/onvif-ej/RuleEngine/Recognition/LicensePlate/&QA 123456', '{"Data":{"Plate":"QA 123456"'])
    await eventually(async () => (await valuesOf(REJECTED)).length === 1)
    const [letter] = (await valuesOf(REJECTED)).map((value) => JSON.parse(value.toString()))
    expect(letter).toMatchObject({ skeleton: '{:{:', detail: '', reason: 'json-syntax' })
    expect(letter.mqttTopic).toBe('gate-1/onvif-ej/RuleEngine/Recognition/LicensePlate/&…')
    expect(JSON.stringify(letter)).not.toContain('123456')
    const { createHash } = await import('node:crypto')
    expect(letter.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(letter.sha256).not.toBe(createHash('sha256').update('{"Data":{"Plate":"QA 123456"').digest('hex'))
  })

  it('refuses topics of cameras that no route reads, with nothing of them handed on or kept', async () => {
    await open()
    const reader = await loggedIn('reader')
    reader.send(subscribe(1, ['#', 1]))
    await reader.expect('9003000101')
    const c = await loggedIn('cam')
    await send(
      c,
      ['a/b/c/onvif-ej/RuleEngine/Recognition/Face', '{"Data":{"Name":"Ali"}}', true],
      ['status/x', 'hello'],
    )
    await reader.until(() => reader.received.includes('hello'))
    expect(reader.received.toString('latin1')).not.toMatch(/onvif|Ali/)
    await eventually(async () => (await valuesOf(REJECTED)).length === 1)
    expect((await valuesOf(REJECTED)).join()).not.toContain('Ali')
  })

  it('takes no hardware address in from a personal source, in names, topics or states', async () => {
    await open({ principals: [principal('wifi', { personal: true, publish: ['#'] })] })
    const c = await loggedIn('a', { username: 'wifi', password: 'wifi' })
    await send(
      c,
      ['t/wifi/d/00:1b:44:11:3a:b7/rssi', '-60'],
      ['t/wifi/d/ap-1', '{"001b44113ab7":-60,"clients":17}'],
      ['t/wifi/d/ap-1/newest', '"00:1b:44:11:3a:b7"'],
      ['t/wifi/d/ap-1/owner', '"Ali Hassan"'],
      ['t/wifi/d/ap-1/link', '"up"'],
    )
    const all = (await Promise.all([SERIES, STATES, REJECTED, RECEIPTS].map(valuesOf))).flat().join('\n')
    expect(all).toContain('wifi/ap-1/clients')
    expect(all).toContain('"up"')
    expect(all.toLowerCase()).not.toMatch(/1b:?44:?11/)
    expect(all).not.toContain('Ali')
    expect(Object.values((await receipts())[0]?.cameras ?? {}).length).toBeGreaterThan(0)
  })

  it('lets a camera leave no will but that it has gone', async () => {
    await open({ principals: [principal('cam', { personal: true, publish: ['#'] })] })
    const login = { username: 'cam', password: 'cam' }
    const willOf = (payload: string) => ({ topic: 'frigate/available', payload, retain: true })
    const refused = new RawClient(gateway?.port as number)
    clients.push(refused)
    refused.send(connect('a', { ...login, will: willOf('QA 123456') }))
    await refused.expect('20020005')
    const c = await loggedIn('b', { ...login, will: willOf('offline') })
    c.destroy()
    await eventually(async () => (await events()).some((e) => e.device === 'cam/frigate'))
  })

  it('without a place for its keys leaves plates out altogether, and says so', async () => {
    const errors: string[] = []
    const logger = { ...silent, error: (_: object, what: string) => void errors.push(what) }
    await open({ logger: logger as never, config: { privacyKeyFolder: '/dev/null/nowhere' } })
    const c = await loggedIn('cam')
    await send(c, [LPR, plateMessage('QA 123456')], [LPR, '{"Data":{"Plate":"QA 123456"'])
    expect((await events()).map((e) => e.attributes.plateToken)).toEqual([undefined])
    expect(errors).toEqual(['privacy.keys-unavailable'])
  })
})

const nothing = () => {}
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing }
