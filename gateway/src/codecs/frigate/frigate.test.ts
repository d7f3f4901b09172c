import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordingSink } from '../recording-sink.ts'
import { type CameraVector, decodeVector, expected, topicOf } from '../testing-vectors.ts'
import { frigateCodec } from './frigate.ts'

const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as CameraVector[]
const codec = frigateCodec()

describe('the frigate codec', () => {
  it.each(vectors)('$name', (vector) => {
    expect(decodeVector(codec, vector.topic, Buffer.from(vector.payload))).toEqual(expected(vector))
  })

  it('takes a longer prefix and speeds in miles per hour when told so', () => {
    const other = frigateCodec({ prefixLevels: 2, speedUnit: 'mph' })
    const payload = '{"type":"end","after":{"camera":"gate","frame_time":1,"label":"car","average_estimated_speed":10}}'
    const { events } = decodeVector(other, 'site/frigate/events', Buffer.from(payload))
    expect(events?.[0]?.[3].speedKmh).toBe(16.1)
    expect(() => frigateCodec({ speed: 1 })).toThrow()
  })

  it('gives the same happening the same id, and another one another', () => {
    const ids = ['1.5-abc', '1.5-abc', '2.5-abc'].map((id) => {
      const sink = new RecordingSink()
      const payload = `{"type":"new","after":{"id":"${id}","camera":"gate","frame_time":1,"label":"car"}}`
      decodeVector(codec, 'frigate/events', Buffer.from(payload), sink)
      return sink.events[0]?.id
    })
    expect(ids).toEqual(['1.5-abc/new', '1.5-abc/new', '2.5-abc/new'])
  })

  it('lets nothing of a marked value through, wherever it stands and wherever the message ends', () => {
    const mark = 'Zq7Xw9'
    const value = fc.oneof(fc.constant(mark), fc.constant([mark, 0.9]), fc.constant({ name: mark, x: [mark] }))
    const keys = [
      'sub_label',
      'thumbnail',
      'snapshot',
      'recognized_license_plate',
      'attributes',
      'data',
      'name',
      'plate',
      'owner',
      'description',
    ]
    const object = fc.dictionary(fc.constantFrom(...keys), value)
    fc.assert(
      fc.property(
        object,
        object,
        fc.constantFrom('events', 'tracked_object_update', 'reviews', 'stats'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (before, more, topic, cut) => {
          const after = { ...more, id: '1', camera: 'gate', label: 'car', frame_time: 1 }
          const whole = Buffer.from(JSON.stringify({ ...more, type: 'new', before, after, camera: 'gate' }))
          for (const payload of [whole, whole.subarray(0, Math.floor(cut * whole.length))]) {
            const sink = new RecordingSink()
            const rejection = codec.decode(payload, 0, payload.length, topicOf(`frigate/${topic}`), sink)
            const { readings, events, states, rejects } = sink
            expect(JSON.stringify([readings, events, states, rejects, rejection])).not.toContain(mark)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
