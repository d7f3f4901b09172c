import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadingSink } from '../codec.ts'
import { RecordingSink } from '../recording-sink.ts'
import { type CameraVector, decodeVector, expected, topicOf } from '../testing-vectors.ts'
import { onvifCodec } from './onvif.ts'

const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as CameraVector[]
const codec = onvifCodec()
const COUNTER = 'gate-1/onvif-ej/RuleEngine/CountAggregation/Counter'

const bytesOf = (payload: string) => Buffer.from(payload.replace('LONG', 'A'.repeat(200_000)))

describe('the onvif codec', () => {
  it.each(vectors)('$name', (vector) => {
    expect(decodeVector(codec, vector.topic, bytesOf(vector.payload))).toEqual(expected(vector))
  })

  it('turns a counter into what was counted since, and knows a reset and a repetition', () => {
    const sink = new RecordingSink()
    const total = (second: number, count: number) =>
      decodeVector(
        codec,
        COUNTER,
        Buffer.from(
          `{"UtcTime":"2026-03-01T12:00:${String(second).padStart(2, '0')}Z","Source":{"Rule":"In"},"Data":{"Count":"${count}"}}`,
        ),
        sink,
      ).rejection
    for (const [second, count] of [
      [0, 41],
      [1, 44],
      [1, 44],
      [2, 44],
      [3, 2],
      [4, 9],
    ] as const)
      expect(total(second, count)).toBeUndefined()
    expect(sink.readings.map((r) => [r.property, r.measuredAt % 60_000, r.value, r.quality])).toEqual([
      ['counted.In', 1_000, 3, 128],
      ['counted.In', 1_000, 3, 128],
      ['counted.In', 2_000, 0, 0],
      ['counted.In', 3_000, 2, 128],
      ['counted.In', 4_000, 7, 0],
    ])
    expect(total(2, 3)).toBe('onvif-order')
  })

  it('goes on counting after a restart', () => {
    const before = new RecordingSink()
    decodeVector(codec, COUNTER, Buffer.from('{"UtcTime":"2026-03-01T12:00:00Z","Data":{"Count":41}}'), before)
    const saved = codec.memory?.save(before.recall('gate-1').value) as Uint8Array
    const after = new RecordingSink()
    after.recall('gate-1').value = codec.memory?.restore(saved, 'gate-1')
    decodeVector(codec, COUNTER, Buffer.from('{"UtcTime":"2026-03-01T12:00:01Z","Data":{"Count":46}}'), after)
    expect(after.readings.map((r) => [r.property, r.value])).toEqual([['counted.all', 5]])
    for (const broken of ['', '[]', '[2]', '[1,["a",1,2]]', '{'])
      expect(codec.memory?.restore(Buffer.from(broken), 'k')).toBeUndefined()
  })

  it('without a door for what is personal leaves it out', () => {
    const sink = new RecordingSink()
    const closed: ReadingSink = new Proxy(sink, {
      get: (target, name) => (name === 'privacy' ? undefined : Reflect.get(target, name).bind?.(target)),
    })
    const plate = vectors.find((v) => v.plates?.[0] === 'QA 123456') as CameraVector
    const payload = Buffer.from(plate.payload)
    codec.decode(payload, 0, payload.length, topicOf(plate.topic), closed)
    expect(sink.events[0]?.kind).toBe('plate-seen')
    expect(sink.events[0]?.attributes?.plateToken).toBeUndefined()
    expect(JSON.stringify(sink.events)).not.toContain('123456')
  })

  it('lets nothing of a marked value through, wherever it stands and wherever the message ends', () => {
    const mark = 'Zq7Xw9'
    const object = fc.dictionary(
      fc.constantFrom(
        'Image',
        'Name',
        'PlateNumber',
        'LicensePlateInfo',
        'ImageURI',
        'Owner',
        '#text',
        'x',
        'Key',
        'Data',
      ),
      fc.oneof(fc.constant(mark), fc.constant([mark, { '#text': mark }]), fc.constant({ PlateNumber: mark, y: mark })),
    )
    const topics = ['RuleEngine/Recognition/LicensePlate', 'RuleEngine/Recognition/Face', 'acme:X']
    fc.assert(
      fc.property(
        object,
        object,
        fc.constantFrom(...topics),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (source, data, topic, cut) => {
          const whole = Buffer.from(JSON.stringify({ UtcTime: '2026-03-01T12:00:00Z', Source: source, Data: data }))
          for (const payload of [whole, whole.subarray(0, Math.floor(cut * whole.length))]) {
            const sink = new RecordingSink()
            const rejection = codec.decode(payload, 0, payload.length, topicOf(`c/onvif-ej/${topic}`), sink)
            const { readings, events, states, rejects } = sink
            expect(JSON.stringify([readings, events, states, rejects, rejection])).not.toContain(mark)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

interface Sample {
  readonly topic: string | null
  readonly payload: unknown
  /** As printed. */
  readonly raw?: string
  readonly upstream_typos_fixed: readonly string[]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const SAMPLES = new URL('../../../../../shared/data/iot-payloads/', import.meta.url)

describe.skipIf(!existsSync(SAMPLES))(
  "the ONVIF specifications' own examples (skipped: shared/data is not there)",
  () => {
    const file = new URL('onvif-profile-m-mqtt.json', SAMPLES)
    const samples = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Sample[]) : []
    const decoded = (part: string) =>
      samples
        .filter(({ topic }) => topic?.includes(part))
        .map(({ topic, payload }) => decodeVector(codec, topic as string, Buffer.from(JSON.stringify(payload))))

    it('crossings', () => {
      expect(decoded('LineDetector').map((d) => d.events?.[0]?.slice(1))).toEqual([
        ['line-crossed', Date.parse('2008-10-10T12:24:57.321Z'), { line: 'MyImportantFence1', objectId: '15' }],
        ['line-crossed', Date.parse('2008-10-10T12:24:57.789Z'), { line: 'MyImportantFence2', objectId: '19' }],
      ])
    })

    it('sensors, as events and as metadata', () => {
      expect(decoded('onvif-ej/Device/Sensor').map((d) => d.readings?.[0]?.slice(1, 4))).toEqual([
        ['temperature.temp_001', Date.parse('2025-07-15T14:30:00Z'), 28.65],
        ['relative-humidity.humidity_001', Date.parse('2025-07-15T14:30:00Z'), 65.2],
        ['absolute-humidity.humidity_001', Date.parse('2025-07-15T14:30:00Z'), 10],
      ])
      expect(decoded('SensorData').map((d) => d.readings?.[0]?.[3])).toEqual([298.65, 65.2, 10])
    })

    it('are all read, and as printed, with slips of the pen, or as XML, refused with a reason', () => {
      const topicFor = (topic: string | null) => topic ?? 'MyDevice/onvif-ej/RuleEngine/LineDetector/Crossed'
      expect(samples).toHaveLength(10)
      for (const { topic, payload, raw, upstream_typos_fixed: slips } of samples) {
        const read = (text: string) => decodeVector(codec, topicFor(topic), Buffer.from(text)).rejection
        expect([topic, read(JSON.stringify(payload))]).toEqual([topic, undefined])
        if (raw !== undefined && slips.length > 0 && !isJson(raw)) expect(read(raw)).toMatch(/^json-/)
      }
      const xml = readFileSync(new URL('onvif-metadata-frame.xml', SAMPLES))
      expect(decodeVector(codec, 'MyDevice/onvif-mj/VideoAnalytics/1/Module', xml).rejection).toMatch(/^json-/)
    })

    it('a frame, without the face, the body, the colours and the place of the person in it', () => {
      const [frame] = decoded('VideoAnalytics')
      const at = Date.parse('2021-10-05T15:13:27.321Z')
      expect(frame).toEqual({
        readings: [
          ['MyDevice', 'count.person', at, 1, 128],
          ['MyDevice', 'count.all', at, 1, 128],
        ],
        events: [],
        plates: [],
        removed: { face: 1, appearance: 2, position: 1 },
      })
    })
  },
)
