import {
  type DeadLetter,
  MAPPINGS,
  type Mapping,
  REDRIVES,
  REJECTED,
  type RedriveResult,
  redriveAnswerSchema,
} from '@quartier/contracts'
import { askRedrive } from '@quartier/contracts/dead-letters'
import { afterEach, describe, expect, it } from 'vitest'
import {
  eventually,
  idOf,
  principal,
  RawClient,
  readBack,
  sumCounts,
  type TestGateway,
  testGateway,
} from './testing.ts'
import { connect, publish } from './testing-packets.ts'

const HOUR = 3_600_000
let now = 1_790_000_000_000
const clock = { now: () => now, speed: 1 }
const MESSAGE = '{"dev":{"id":"s-1"},"at":1790000000,"data":{"t":21.5}}'

let gateway: TestGateway
let client: RawClient
let packetId = 0

afterEach(async () => {
  client.destroy()
  await gateway.stop()
})

async function open(principals = [principal('acme', { publish: ['#'] })], login = 'acme'): Promise<void> {
  now = 1_790_000_000_000
  gateway = await testGateway({ clock, principals, config: { skewBackMs: HOUR } })
  client = new RawClient(gateway.port).send(connect('c', { username: login, password: login }))
  await client.expect('20020000')
}

const mapping = (options: Mapping['options'], name = 'vendor'): Promise<unknown> =>
  gateway.log.append(MAPPINGS, [
    {
      key: name,
      value: Buffer.from(
        JSON.stringify({
          ...{ name, filter: 'vendor/{source}/up', source: null, enabled: true, options },
          ...{ changedBy: 'me', changedAt: now },
        }),
      ),
    },
  ])
const WRONG = { device: '/nothing', time: '/at', timeUnit: 's', values: { temp: '/data/t' } }
const RIGHT = { ...WRONG, device: '/dev/id' }

async function send(topic: string, message: string): Promise<void> {
  const id = ++packetId
  client.send(publish(topic, message, { id }))
  await client.expect(Buffer.from([0x40, 2, id >> 8, id & 255]).toString('hex'))
}

async function letters(): Promise<(DeadLetter & { offset: number })[]> {
  const records = await gateway.log.read(REJECTED, { partition: 0, offset: 0 }, 1000)
  return records.map((r) => ({ ...(JSON.parse(Buffer.from(r.value).toString()) as DeadLetter), offset: r.offset }))
}
const redrive = async (offsets: readonly number[]): Promise<readonly RedriveResult[]> =>
  (await askRedrive(gateway.log, offsets, 'ada')).results

/** Sends until a gateway that follows the mappings has refused one, which makes a dead letter. */
async function refusedOnce(message = MESSAGE): Promise<void> {
  await mapping(WRONG)
  await eventually(async () => {
    await send('vendor/acme/up', message)
    return (await letters()).length > 0
  })
}
async function mended(): Promise<void> {
  await mapping(RIGHT)
  const before = (await readBack(gateway.log)).readings.length
  await eventually(async () => {
    await send('vendor/acme/up', '{"dev":{"id":"probe"},"at":1790000000,"data":{"t":1}}')
    return (await readBack(gateway.log)).readings.length > before
  })
}
const stored = async (key: string) => (await readBack(gateway.log)).readings.filter((r) => r.id === idOf(key))

describe('a dead letter that is taken in again', () => {
  it('is decoded as the mapping is now, as of when it came, however much later that is', async () => {
    await open()
    await refusedOnce()
    const [letter] = await letters()
    now += 5 * HOUR
    await mended()
    expect(await redrive([letter!.offset])).toEqual([
      { offset: letter!.offset, outcome: 'appended', readings: 1, reason: '', detail: '' },
    ])
    expect(await stored('acme/s-1/temp')).toMatchObject([
      { value: 21.5, measuredAt: 1_790_000_000_000, receivedAt: now, quality: 0 },
    ])
  })

  it('has the identity that it had, also without a time of its own, so that a second time stores nothing new', async () => {
    await open()
    await mapping({ device: '/nothing', values: { temp: '/data/t' } })
    await eventually(async () => {
      await send('vendor/acme/up', MESSAGE)
      return (await letters()).length > 0
    })
    const [letter] = await letters()
    now += 5 * HOUR
    await mapping({ device: '/dev/id', values: { temp: '/data/t' } })
    await eventually(async () => (await redrive([letter!.offset]))[0]?.outcome === 'appended')
    await redrive([letter!.offset])
    const times = (await stored('acme/s-1/temp')).map((r) => r.measuredAt)
    expect(times.length).toBeGreaterThan(1)
    expect(new Set(times)).toEqual(new Set([letter!.receivedAt]))
  })

  it('counts as received and accepted, and one that still cannot be read is not counted and makes no other letter', async () => {
    await open()
    await refusedOnce()
    const kept = await letters()
    const before = sumCounts((await readBack(gateway.log)).counts)
    const [result] = await redrive([kept[0]!.offset])
    expect(result).toMatchObject({ outcome: 'refused', reason: kept[0]!.reason, readings: 0 })
    expect(sumCounts((await readBack(gateway.log)).counts)).toEqual(before)
    expect(await letters()).toHaveLength(kept.length)
    await mended()
    const then = sumCounts((await readBack(gateway.log)).counts)
    await redrive([kept[0]!.offset])
    const after = sumCounts((await readBack(gateway.log)).counts)
    expect(after.messages).toMatchObject({ received: then.messages.received + 1, accepted: then.messages.accepted + 1 })
    expect(after.readings.accepted).toBe(then.readings.accepted + 1)
  })

  it('is judged by what its sender may do now', async () => {
    await open()
    await refusedOnce()
    await mended()
    await gateway.principals.update({ ...principal('acme'), publish: ['t/acme/#'] })
    expect(await redrive([0])).toMatchObject([{ outcome: 'refused', reason: 'permission' }])
  })

  it('that was kept only in part, is of something else or is not there says so', async () => {
    await open()
    await refusedOnce(`${MESSAGE.slice(0, -1)},"more":"${'x'.repeat(5000)}"}`)
    const letter = {
      ...(await letters())[0]!,
      ...{ origin: 'readings.v1:0:1:1', mqttTopic: '', stage: 'check', bytes: 4, payload: 'AAAA' },
    }
    const { offset: _, ...value } = letter
    const [at] = await gateway.log.append(REJECTED, [{ key: 'acme', value: Buffer.from(JSON.stringify(value)) }])
    const [ordered] = await gateway.log.append(REJECTED, [
      { key: 'acme', value: Buffer.from(JSON.stringify({ ...value, bytes: 3, mqttTopic: 'spBv1.0/g/NDATA/e' })) },
    ])
    expect((await redrive([0, at!.offset, ordered!.offset, 999])).map((r) => [r.outcome, r.reason])).toEqual([
      ['impossible', 'cut'],
      ['impossible', 'was-reading'],
      ['impossible', 'in-order'],
      ['impossible', 'gone'],
    ])
  })

  it('of a source that is personal by now is left alone', async () => {
    await open()
    await refusedOnce()
    await gateway.principals.update({ ...principal('acme'), publish: ['#'], personal: true })
    await mapping(RIGHT)
    await eventually(async () => (await redrive([0]))[0]?.reason === 'personal')
    expect(await stored('acme/s-1/temp')).toEqual([])
  })

  it('is taken in after a restart when no gateway ran as it was asked for, once', async () => {
    await open()
    await refusedOnce()
    await mended()
    const request = { ask: 'q1', by: 'ada', offsets: [0] }
    await gateway.restart(async () => {
      await gateway.log.append(REDRIVES, [{ key: 'q1', value: Buffer.from(JSON.stringify(request)) }])
    })
    const answers = async () =>
      (await gateway.log.read(REDRIVES, { partition: 0, offset: 0 }, 100)).flatMap(
        (r) => redriveAnswerSchema.safeParse(JSON.parse(Buffer.from(r.value).toString())).data ?? [],
      )
    await eventually(async () => (await answers()).length === 1)
    await gateway.restart()
    await redrive([0])
    expect((await answers()).filter((a) => a.answer === 'q1')).toHaveLength(1)
  })
})
