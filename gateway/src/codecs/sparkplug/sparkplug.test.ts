import { existsSync, readFileSync } from 'node:fs'
import { MARK_HISTORICAL, QUALITY_BAD, QUALITY_STALE } from '@quartier/contracts/quality'
import { describe, expect, it } from 'vitest'
import { contextOfTopic, RecordingSink } from '../recording-sink.ts'
import { sparkplugCodec } from './sparkplug.ts'
import { encodePayload, type TestMetric, type TestPayload } from './testing-payload.ts'

const NOW = 1_700_000_000_000
const [INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64] = [1, 2, 3, 4, 5, 6, 7, 8]
const [FLOAT, DOUBLE, BOOLEAN, STRING, DATE_TIME, TEXT, UUID] = [9, 10, 11, 12, 13, 14, 15]

/** An edge node at the codec, with its state. */
class Edge {
  readonly codec = sparkplugCodec()
  sink = new RecordingSink()
  now = NOW
  #saved: Uint8Array | undefined

  say(type: string, payload: TestPayload | Uint8Array, device = '', name = 'edge'): string | undefined {
    const bytes = payload instanceof Uint8Array ? payload : encodePayload(payload)
    const buffer = Buffer.concat([Buffer.from([0x12, 0xff]), bytes, Buffer.from([0x12, 0x05])])
    const topic = `spBv1.0/plant/${type}/${name}${device === '' ? '' : `/${device}`}`
    const context = contextOfTopic(topic, this.now)
    return this.codec.decode(buffer, 2, 2 + bytes.length, context, this.sink)?.reason
  }

  birth(metrics: readonly TestMetric[] = [], more: { seq?: number; bdSeq?: number } = {}): string | undefined {
    const bdSeq = { name: 'bdSeq', datatype: INT64, long: more.bdSeq ?? 0 }
    return this.say('NBIRTH', { timestamp: this.now, seq: more.seq ?? 0, metrics: [bdSeq, ...metrics] })
  }

  /** What has been stored since the last call. */
  take() {
    const { readings, states, rejects } = this.sink
    return {
      readings: readings.splice(0).map((r) => [r.device, r.property, r.value, r.quality]),
      states: states.splice(0).map((s) => [s.device, s.property, s.text]),
      rejects: rejects.splice(0).map((r) => r.reason),
    }
  }

  get state() {
    return this.sink.recall('plant/edge')
  }

  wake(at = this.now) {
    this.now = at
    if (this.state.wakeAt > at) return []
    this.state.wakeAt = Number.POSITIVE_INFINITY
    const send = (topic: string, bytes: Uint8Array) => this.sink.send(topic, bytes)
    return this.codec.memory?.wake?.('plant/edge', this.state, at, send) ?? []
  }

  /** The gateway ends and starts again; nothing but what was saved is left. */
  restart(): void {
    this.#saved = this.codec.memory?.save(this.state.value)
    this.sink = new RecordingSink()
    this.state.value = this.codec.memory?.restore(this.#saved as Uint8Array, 'plant/edge')
  }

  get rebirths(): string[] {
    return this.sink.sent.map((s) => s.mqttTopic)
  }
}

const voltage = (more: TestMetric = {}): TestMetric => ({
  name: 'Supply Voltage',
  alias: 7,
  datatype: DOUBLE,
  double: 12.5,
  ...more,
})

describe('Sparkplug values', () => {
  const values: [string, number, TestMetric, number | string | undefined][] = [
    ['Int8 as two’s complement', INT8, { int: 0xfb }, -5],
    ['Int8 with its sign extended to 32 bits', INT8, { int: 0xfffffffb }, -5],
    ['Int8 with its sign extended to 64 bits', INT8, { long: -5 }, -5],
    ['Int16', INT16, { int: 0x8000 }, -32_768],
    ['Int32', INT32, { int: 0xffffffff }, -1],
    ['Int32 in the long field', INT32, { long: -7 }, -7],
    ['UInt8', UINT8, { int: 255 }, 255],
    ['UInt8 that is too large', UINT8, { int: 256 }, undefined],
    ['UInt16', UINT16, { int: 65_535 }, 65_535],
    ['UInt32', UINT32, { int: 4_294_967_295 }, 4_294_967_295],
    ['UInt32 in the long field', UINT32, { long: 4_294_967_295 }, 4_294_967_295],
    ['UInt32 that is too large', UINT32, { long: 4_294_967_296 }, undefined],
    ['Int64', INT64, { long: -9_007_199_254_740_991 }, -9_007_199_254_740_991],
    ['Int64 beyond 2^53 as digits', INT64, { long: -9_223_372_036_854_775_808n }, '-9223372036854775808'],
    ['UInt64 beyond 2^53 as digits', UINT64, { long: 18_446_744_073_709_551_615n }, '18446744073709551615'],
    ['Float exactly', FLOAT, { float: 12.1 }, Math.fround(12.1)],
    ['Float in the double field', FLOAT, { double: 12.1 }, 12.1],
    ['NaN', FLOAT, { float: Number.NaN }, undefined],
    ['Infinity', DOUBLE, { double: Number.POSITIVE_INFINITY }, undefined],
    ['-0 as 0', DOUBLE, { double: -0 }, 0],
    ['Boolean', BOOLEAN, { boolean: true }, 1],
    ['Boolean in the int field', BOOLEAN, { int: 0 }, 0],
    ['String', STRING, { string: 'Ünïcode' }, 'Ünïcode'],
    ['Text', TEXT, { string: '' }, ''],
    ['UUID', UUID, { string: '1b4e28ba' }, '1b4e28ba'],
    ['DateTime', DATE_TIME, { long: 1_486_144_502_122 }, 1_486_144_502_122],
    ['a number where a text belongs', STRING, { int: 1 }, undefined],
    ['a text where a number belongs', INT32, { string: '1' }, undefined],
    ['no value at all', DOUBLE, {}, undefined],
  ]
  it.each(values)('%s', (_name, datatype, value, expected) => {
    const edge = new Edge()
    expect(edge.birth([{ name: 'm', datatype, ...value }])).toBeUndefined()
    const { readings, states, rejects } = edge.take()
    if (typeof expected === 'number') expect(readings).toEqual([['plant/edge', 'm', expected, 0]])
    else if (typeof expected === 'string') expect(states).toEqual([['plant/edge', 'm', expected]])
    else expect([readings, states, rejects]).toEqual([[], [], ['sparkplug-value']])
  })

  it.each([16, 17, 18, 19, 20, 22, 34, 0, 99])('of datatype %i are set aside, and the rest is taken', (datatype) => {
    const edge = new Edge()
    edge.birth([{ name: 'x', datatype, opaque: { field: 17, bytes: Buffer.from([1, 2, 3]) } }, voltage()])
    expect(edge.take()).toMatchObject({
      readings: [['plant/edge', 'Supply Voltage', 12.5, 0]],
      rejects: ['sparkplug-unsupported'],
    })
  })

  it('that are null leave the last value, of bad quality, and make none up', () => {
    const edge = new Edge()
    edge.birth([voltage(), { name: 'other', alias: 8, datatype: DOUBLE, isNull: true }])
    edge.take()
    edge.say('NDATA', {
      seq: 1,
      timestamp: NOW + 1,
      metrics: [
        { alias: 7, isNull: true },
        { alias: 8, isNull: true },
      ],
    })
    expect(edge.take().readings).toEqual([['plant/edge', 'Supply Voltage', 12.5, QUALITY_BAD]])
  })

  it('sent as history are marked, and are not the last value', () => {
    const edge = new Edge()
    edge.birth([voltage()])
    edge.say('NDATA', { seq: 1, metrics: [{ alias: 7, timestamp: NOW - 9e9, isHistorical: true, double: 1 }] })
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', long: 0 }] })
    expect(edge.take().readings.map((r) => r.slice(2))).toEqual([
      [12.5, 0],
      [1, MARK_HISTORICAL],
      [12.5, QUALITY_STALE],
    ])
  })

  it('have the unit of the birth, and the quality that a property says', () => {
    const edge = new Edge()
    edge.birth([voltage({ unit: 'V', quality: 192 })])
    expect(edge.sink.readings[0]?.unit).toBe('V')
    edge.take()
    for (const quality of [0, 500, 192])
      edge.say('NDATA', { timestamp: NOW, metrics: [{ alias: 7, double: 1, quality }] })
    expect(edge.take().readings.map((r) => r[3])).toEqual([QUALITY_BAD, QUALITY_STALE, 0])
  })

  it('go by the time of the metric, else by that of the message', () => {
    const edge = new Edge()
    edge.birth([voltage({ timestamp: NOW - 5 }), { name: 'b', datatype: DOUBLE, double: 1 }])
    edge.say('NDATA', { metrics: [{ alias: 7, double: 1 }] })
    expect(edge.sink.readings.map((r) => r.measuredAt)).toEqual([NOW - 5, NOW, Number.NaN])
  })
})

describe('Sparkplug names', () => {
  it('of metrics become properties, with dots for levels; what belongs to the protocol is none', () => {
    const edge = new Edge()
    edge.birth([
      { name: 'Inputs/A', datatype: BOOLEAN, boolean: true },
      { name: 'a+b#', datatype: BOOLEAN, boolean: false },
      { name: 'Node Control/Rebirth', datatype: BOOLEAN, boolean: false },
    ])
    edge.say(
      'DBIRTH',
      { seq: 1, metrics: [{ name: 'Device Control/x', datatype: BOOLEAN, boolean: true }, voltage()] },
      'pump',
    )
    expect(edge.take().readings.map((r) => r.slice(0, 2))).toEqual([
      ['plant/edge', 'Inputs.A'],
      ['plant/edge', 'a_b_'],
      ['plant/edge/pump', 'Supply Voltage'],
    ])
  })

  it('that two metrics would share are set aside', () => {
    const edge = new Edge()
    edge.birth([
      voltage({ name: 'a/b', alias: 1 }),
      voltage({ name: 'a.b', alias: 2 }),
      voltage({ name: 'a/b', alias: 3 }),
    ])
    expect(edge.take()).toMatchObject({
      readings: [['plant/edge', 'a.b', 12.5, 0]],
      rejects: ['sparkplug-name', 'sparkplug-name'],
    })
  })

  it('are found by alias, however large, and by name', () => {
    const edge = new Edge()
    const aliases = [0, 63, 64, 1_000, 2 ** 31, 2 ** 53 - 1]
    edge.birth(aliases.map((alias) => ({ name: `m${alias}`, alias, datatype: INT32, int: 0 })))
    edge.take()
    edge.say('NDATA', { metrics: aliases.map((alias, i) => ({ alias, int: i })) })
    expect(edge.take().readings.map((r) => r.slice(1, 3))).toEqual(aliases.map((alias, i) => [`m${alias}`, i]))
    edge.say('NDATA', { metrics: [{ name: 'm64', int: 9 }] })
    expect(edge.take().readings).toEqual([['plant/edge', 'm64', 9, 0]])
  })

  it('of an alias that another metric of the edge has are refused, and the metric goes by its name', () => {
    const edge = new Edge()
    edge.birth([voltage()])
    edge.say('DBIRTH', { seq: 1, metrics: [voltage({ name: 'Other' })] }, 'pump')
    expect(edge.take().rejects).toEqual(['sparkplug-alias'])
    edge.say('DDATA', { seq: 2, metrics: [{ alias: 7, double: 1 }] }, 'pump')
    expect(edge.take()).toMatchObject({ readings: [], rejects: ['sparkplug-alias'] })
  })
})

describe('a Sparkplug edge node', () => {
  const born = () => {
    const edge = new Edge()
    edge.birth([voltage()])
    edge.say('DBIRTH', { timestamp: NOW, seq: 1, metrics: [voltage({ name: 'Speed', alias: 8 })] }, 'pump')
    edge.take()
    return edge
  }

  it('that sends data before its birth is asked for it, once a minute at most and less often in time', () => {
    const edge = new Edge()
    for (let s = 0; s < 3_600; s++) {
      edge.now = NOW + s * 1_000
      expect(edge.say('NDATA', { seq: s % 256, metrics: [{ alias: 7, double: 1 }] })).toBeDefined()
      edge.wake()
    }
    expect(edge.rebirths.length).toBeGreaterThan(3)
    expect(edge.rebirths.length).toBeLessThan(9)
    expect(new Set(edge.rebirths)).toEqual(new Set(['spBv1.0/plant/NCMD/edge']))
  })

  it('that has not been born is believed what goes by its name and says what it is, of series that are known', () => {
    const edge = new Edge()
    for (const name of ['Voltage', 'On', 'Mode', 'Count', 'Sent', 'Level/Low'])
      edge.sink.defined.add(`plant/edge/pump/${name.replace('/', '.')}`)
    const metrics = [
      { name: 'Voltage', timestamp: NOW - 7, double: 12.5 },
      { name: 'Level/Low', boolean: true },
      { name: 'Mode', string: 'auto' },
      { name: 'Sent', datatype: INT16, int: 0xffff },
      // No sign, no such series, nothing but an alias, nothing but control.
      { name: 'Count', int: 5 },
      { name: 'New', double: 1 },
      { alias: 7, double: 1 },
      { name: 'Device Control/Reboot', boolean: true },
    ]
    expect(edge.say('DDATA', { timestamp: NOW, seq: 9, metrics }, 'pump')).toBeUndefined()
    expect(edge.sink.readings[0]?.measuredAt).toBe(NOW - 7)
    expect(edge.take()).toEqual({
      readings: [
        ['plant/edge/pump', 'Voltage', 12.5, 0],
        ['plant/edge/pump', 'Level.Low', 1, 0],
        ['plant/edge/pump', 'Sent', -1, 0],
      ],
      states: [['plant/edge/pump', 'Mode', 'auto']],
      rejects: ['sparkplug-unborn', 'sparkplug-unborn', 'sparkplug-unborn'],
    })
    expect(edge.rebirths).toEqual(['spBv1.0/plant/NCMD/edge'])
  })

  it('is believed as much of a metric that its birth has left out, and asked for another', () => {
    const edge = born()
    edge.sink.defined.add('plant/edge/Forgotten')
    const metrics = [{ name: 'Forgotten', double: 3 }, { name: 'New', double: 1 }, voltage()]
    edge.say('NDATA', { seq: 2, metrics })
    expect(edge.take()).toMatchObject({
      readings: [
        ['plant/edge', 'Forgotten', 3, 0],
        ['plant/edge', 'Supply Voltage', 12.5, 0],
      ],
      rejects: ['sparkplug-alias'],
    })
    expect(edge.rebirths).toHaveLength(1)
  })

  it('that has died takes its aliases with it, also over a restart of ours; names stay', () => {
    const edge = born()
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', datatype: INT64, long: 0 }] })
    edge.restart()
    edge.take()
    edge.say('NDATA', {
      seq: 1,
      timestamp: NOW + 9,
      metrics: [
        { alias: 7, double: 1 },
        { name: 'Supply Voltage', double: 2 },
      ],
    })
    edge.say('DDATA', { seq: 2, timestamp: NOW + 9, metrics: [{ alias: 8, double: 1 }] }, 'pump')
    expect(edge.take()).toMatchObject({
      readings: [['plant/edge', 'Supply Voltage', 2, 0]],
      rejects: ['sparkplug-alias', 'sparkplug-alias'],
    })
    expect(edge.rebirths).toHaveLength(1)
  })

  it('is asked by the name of the metric, without an alias', () => {
    const edge = new Edge()
    edge.say('NDATA', { seq: 1 })
    const time = '80d095ffbc31'
    const name = Buffer.from('Node Control/Rebirth').toString('hex')
    expect(Buffer.from(edge.sink.sent[0]?.payload ?? []).toString('hex')).toBe(
      `08${time}12210a14${name}18${time}200b7001`,
    )
  })

  it('whose numbers have a gap has two seconds for what was overtaken', () => {
    const edge = born()
    edge.say('NDATA', { seq: 3, metrics: [{ alias: 7, double: 3 }] })
    expect(edge.state.wakeAt).toBe(NOW + 2_000)
    edge.now += 1_000
    edge.say('NDATA', { seq: 2, metrics: [{ alias: 7, double: 2 }] })
    edge.wake(NOW + 2_000)
    expect(edge.rebirths).toEqual([])
    expect(edge.take().readings).toHaveLength(2)
    edge.say('NDATA', { seq: 6, metrics: [{ alias: 7, double: 6 }] })
    edge.wake(edge.now + 1_999)
    expect(edge.rebirths).toEqual([])
    edge.wake(edge.now + 1)
    expect(edge.rebirths).toEqual(['spBv1.0/plant/NCMD/edge'])
    edge.birth([voltage()])
    edge.say('NDATA', { seq: 1, metrics: [{ alias: 7, double: 7 }] })
    edge.wake(edge.now + 1e6)
    expect(edge.rebirths).toHaveLength(1)
  })

  it('counts from whatever number its birth has, and wraps at 256', () => {
    const edge = new Edge()
    edge.birth([voltage()], { seq: 254 })
    for (const seq of [255, 0, 1]) edge.say('NDATA', { seq, metrics: [{ alias: 7, double: seq }] })
    edge.wake(NOW + 1e6)
    expect(edge.rebirths).toEqual([])
  })

  it('that dies is stale with all its devices: the last values again, and no zeroes', () => {
    const edge = born()
    edge.now += 5
    edge.say('NDEATH', { timestamp: 1, metrics: [{ name: 'bdSeq', datatype: UINT64, long: 0 }] })
    expect(edge.take().readings).toEqual([
      ['plant/edge', 'Supply Voltage', 12.5, QUALITY_STALE],
      ['plant/edge/pump', 'Speed', 12.5, QUALITY_STALE],
    ])
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', datatype: UINT64, long: 0 }] })
    expect(edge.take().readings).toEqual([])
  })

  it('is not dead because of the late will of an earlier session', () => {
    const edge = born()
    edge.birth([voltage()], { bdSeq: 1 })
    edge.take()
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', datatype: INT64, long: 0 }] })
    expect(edge.take().readings).toEqual([])
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', datatype: INT64, long: 1 }] })
    expect(edge.take().readings).toHaveLength(2)
  })

  it('is stale after whatever it said last, and fresh again with its birth, also where nothing has changed since', () => {
    const edge = born()
    edge.say('NDATA', { seq: 2, metrics: [{ alias: 7, timestamp: NOW + 900, double: 1 }] })
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', datatype: INT64, long: 0 }] })
    edge.birth([voltage({ timestamp: NOW - 99_999 })], { bdSeq: 1 })
    const times = edge.sink.readings
      .filter((r) => r.property === 'Supply Voltage')
      .map((r) => [r.measuredAt, r.quality])
    expect(times).toEqual([
      [NOW + 900, 0],
      [NOW + 901, QUALITY_STALE],
      [NOW + 902, 0],
    ])
  })

  it('a device of which dies leaves the others alive', () => {
    const edge = born()
    edge.say('DDEATH', { seq: 2, timestamp: NOW }, 'pump')
    expect(edge.take().readings).toEqual([['plant/edge/pump', 'Speed', 12.5, QUALITY_STALE]])
    edge.say('DDEATH', { seq: 3 }, 'unheard-of')
    edge.say('NDATA', { seq: 4, metrics: [{ alias: 7, double: 1 }] })
    expect(edge.take().readings).toHaveLength(1)
    expect(edge.rebirths).toEqual([])
  })

  it('whose device does not come back after a birth is told that it is gone', () => {
    const edge = born()
    edge.birth([voltage()])
    expect(edge.wake(NOW + 59_999)).toEqual([])
    const [death] = edge.wake(NOW + 60_000)
    expect(death?.mqttTopic).toBe('spBv1.0/plant/DDEATH/edge/pump')
    edge.take()
    expect(edge.say('DDEATH', death?.payload as Uint8Array, 'pump')).toBeUndefined()
    expect(edge.take().readings).toEqual([['plant/edge/pump', 'Speed', 12.5, QUALITY_STALE]])
  })

  it('goes on after a restart of ours by what was remembered', () => {
    const edge = born()
    edge.restart()
    edge.say('DDATA', { seq: 77, timestamp: NOW, metrics: [{ alias: 8, double: 3 }] }, 'pump')
    expect(edge.take()).toEqual({ readings: [['plant/edge/pump', 'Speed', 3, 0]], states: [], rejects: [] })
    edge.say('NDEATH', { metrics: [{ name: 'bdSeq', datatype: INT64, long: 0 }] })
    expect(edge.take().readings.map((r) => r.slice(1))).toEqual([
      ['Supply Voltage', 12.5, QUALITY_STALE],
      ['Speed', 3, QUALITY_STALE],
    ])
    expect(edge.rebirths).toEqual([])
  })

  it('that stays silent after a restart of ours is asked, and a minute later given up', () => {
    const edge = born()
    edge.restart()
    edge.state.wakeAt = NOW
    expect(edge.wake()).toEqual([])
    expect(edge.rebirths).toEqual(['spBv1.0/plant/NCMD/edge'])
    const [death] = edge.wake(NOW + 60_000)
    expect(death?.mqttTopic).toBe('spBv1.0/plant/NDEATH/edge')
    edge.say('NDEATH', death?.payload as Uint8Array)
    expect(edge.take().readings).toHaveLength(2)
    expect(edge.wake(NOW + 1e9)).toEqual([])
    // Its session may have gone on all the while.
    edge.say('NDATA', { seq: 5, timestamp: NOW + 1e9, metrics: [{ alias: 7, double: 4 }] })
    expect(edge.take().readings).toEqual([['plant/edge', 'Supply Voltage', 4, 0]])
  })

  it('is asked later when the gateway has sent enough for now', () => {
    const edge = new Edge()
    edge.sink.sends = false
    edge.say('NDATA', { seq: 1 })
    expect(edge.state.wakeAt).toBe(NOW + 1_000)
    edge.sink.sends = true
    edge.wake(NOW + 1_000)
    expect(edge.rebirths).toHaveLength(1)
  })

  it('of whom a broken state was saved begins anew', () => {
    const { memory } = sparkplugCodec()
    for (const bytes of ['', 'x', '{"version":1}']) expect(memory?.restore(Buffer.from(bytes), 'a/b')).toBeUndefined()
  })
})

describe('a Sparkplug message', () => {
  it.each([
    ['spBv1.0/plant/NDATA', undefined],
    ['spBv1.0/plant/NDATA/edge/device', undefined],
    ['spBv1.0/plant/DDATA/edge', undefined],
    ['spBv1.0/plant/XDATA/edge', undefined],
    ['spBv1.0//NDATA/edge', undefined],
  ])('on %s is refused', (topic) => {
    expect(sparkplugCodec().decode(new Uint8Array(), 0, 0, contextOfTopic(topic), new RecordingSink())?.reason).toBe(
      'sparkplug-topic',
    )
  })

  it('that is cut anywhere is refused or read in part, and never remembered in part', () => {
    const birth = encodePayload({ timestamp: NOW, seq: 0, metrics: [voltage(), voltage({ name: 'b', alias: 9 })] })
    for (let n = 0; n < birth.length; n++) {
      const edge = new Edge()
      const rejection = edge.say('NBIRTH', birth.subarray(0, n))
      edge.take()
      edge.say('NDATA', { metrics: [{ alias: 9, double: 1 }] })
      if (rejection !== undefined) expect(edge.take().readings).toEqual([])
    }
  })

  it('with more than 5,000 metrics is refused', () => {
    const edge = new Edge()
    expect(edge.say('NBIRTH', Buffer.alloc(10_002, Buffer.from([0x12, 0])))).toBe('sparkplug-limit')
  })
})

const SAMPLES = new URL('../../../../../shared/data/iot-payloads/sparkplug-b.json', import.meta.url)

describe.skipIf(!existsSync(SAMPLES))("the specification's own examples (only where the samples are at hand)", () => {
  interface Sample {
    topic: string | null
    protobuf_base64: string
    json_rendition: { metrics?: { name: string; value: unknown }[] }
  }

  it('are all read, in their order, as one edge node', () => {
    const codec = sparkplugCodec()
    const sink = new RecordingSink()
    const told: Record<string, unknown> = {}
    const found = () => [...sink.readings, ...sink.states.map((s) => ({ ...s, value: s.text }))]
    for (const { topic, protobuf_base64, json_rendition } of JSON.parse(readFileSync(SAMPLES, 'utf8')) as Sample[]) {
      if (topic === null || topic.includes('CMD')) continue
      const bytes = Buffer.from(protobuf_base64, 'base64')
      expect(codec.decode(bytes, 0, bytes.length, contextOfTopic(topic, 1_486_144_502_122), sink)).toBeUndefined()
      for (const { name, value } of json_rendition.metrics ?? [])
        if (name !== 'bdSeq' && !name.includes(' Control/')) told[name.replaceAll('/', '.')] = value
      for (const [name, value] of Object.entries(told)) {
        const last = found().findLast((r) => r.property === name)?.value
        if (typeof value === 'number') expect(last).toBeCloseTo(value, 5)
        else expect(last).toBe(typeof value === 'boolean' ? Number(value) : value)
      }
    }
    expect(sink.rejects).toEqual([])
    expect(sink.readings.at(-1)?.quality).toBe(QUALITY_STALE)
  })
})
