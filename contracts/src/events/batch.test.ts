import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeEventBatch, encodeEventBatch } from './batch.ts'
import { EventBuilder } from './builder.ts'
import { attributesFrom, dataClassOf, type EventColumns, severityOf } from './columns.ts'
import { DATA_CLASSES, type NewEvent } from './event.ts'
import { eventIdText, parseEventId } from './identity.ts'
import { EVENT_KINDS, type EventKind, kindOfCode, SEVERITIES } from './kinds.ts'

const AT = 1_790_000_000_000
const kinds = Object.keys(EVENT_KINDS) as EventKind[]

const anEvent = fc.record({
  device: fc.string({ minLength: 1, unit: 'grapheme' }),
  kind: fc.constantFrom(...kinds),
  measuredAt: fc.integer({ min: 0, max: 4e12 }),
  severity: fc.constantFrom(...SEVERITIES),
  dataClass: fc.constantFrom(...DATA_CLASSES),
  asset: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  attributes: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean())),
})

function built(events: readonly NewEvent[]): EventColumns {
  const builder = new EventBuilder()
  for (const event of events)
    builder.add(`s/${event.device}`, event, JSON.stringify(event.attributes ?? {}), {
      measuredAt: event.measuredAt,
      receivedAt: AT,
      quality: 1,
    })
  return builder.columns
}

const ids = (events: readonly NewEvent[]) => events.map((_, i) => eventIdText(built(events).ids, i * 4))

describe('a batch of events', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 40 }), (events) => {
        const counts = [{ source: 's', received: 9, accepted: events.length, rejected: { why: 1 }, untimed: 0 }]
        const { columns: c, counts: said } = decodeEventBatch(encodeEventBatch({ columns: built(events), counts }))
        expect(said).toEqual(counts)
        expect(c.length).toBe(events.length)
        events.forEach((event, i) => {
          expect(c.words[c.device[i] as number]).toBe(`s/${event.device}`)
          expect(c.asset[i] === 0 ? undefined : c.words[(c.asset[i] as number) - 1]).toBe(event.asset)
          expect(kindOfCode(c.kind[i] as number)).toBe(event.kind)
          expect(SEVERITIES[severityOf(c.severity[i] as number)]).toBe(event.severity)
          expect(DATA_CLASSES[dataClassOf(c.severity[i] as number)]).toBe(event.dataClass)
          expect([c.measuredAt[i], c.receivedAt[i], c.quality[i]]).toEqual([event.measuredAt, AT, 1])
          const json = c.attributes.subarray(attributesFrom(c, i), c.attributesEnd[i])
          expect(JSON.parse(Buffer.from(json).toString())).toEqual(JSON.parse(JSON.stringify(event.attributes)))
        })
      }),
      { numRuns: 60 },
    )
  })

  it('that was cut or changed is refused, or read within its bytes', () => {
    const events: NewEvent[] = [
      { device: 'a', kind: 'door-forced', measuredAt: AT, asset: 'x', attributes: { door: 'north' } },
      { device: 'b', kind: 'vendor', measuredAt: AT, attributes: { vendorKind: 'acme:x' } },
    ]
    const bytes = encodeEventBatch({ columns: built(events), counts: [] })
    for (let n = 0; n < bytes.length; n++)
      expect(() => decodeEventBatch(bytes.subarray(0, n))).toThrow(/batch of events/)
    for (let n = 0; n < bytes.length; n++)
      for (const change of [1, 0x80, 0xff]) {
        const bad = bytes.slice()
        bad[n] = (bad[n] as number) ^ change
        try {
          const { columns } = decodeEventBatch(bad)
          for (let i = 0; i < columns.length; i++)
            expect(columns.words[columns.device[i] as number]).toBeTypeOf('string')
        } catch (error) {
          expect(String(error)).toMatch(/batch of events/)
        }
      }
  })
})

describe('the identity of an event', () => {
  const event: NewEvent = { device: 'cam-1', kind: 'line-crossed', measuredAt: AT, attributes: { count: 1 } }

  it('is what its sender calls it, for its device and kind', () => {
    const named = { ...event, id: 'e1' }
    const [a, b, c, d, e] = ids([
      named,
      { ...named, measuredAt: AT + 5, attributes: { count: 2 } },
      { ...named, device: 'cam-2' },
      { ...named, kind: 'motion' },
      { ...named, id: 'e2' },
    ])
    expect(b).toBe(a)
    expect(new Set([a, c, d, e]).size).toBe(4)
  })

  it('is otherwise its device, kind, time and attributes', () => {
    const [a, b, c, d] = ids([
      event,
      { ...event },
      { ...event, measuredAt: AT + 1 },
      { ...event, attributes: { count: 2 } },
    ])
    expect(b).toBe(a)
    expect(new Set([a, c, d]).size).toBe(3)
  })

  it('is that of nothing else where there is neither a name nor a time', () => {
    const [a, b] = ids([
      { ...event, measuredAt: Number.NaN },
      { ...event, measuredAt: Number.NaN },
    ])
    expect(a).not.toBe(b)
  })

  it('is written as 32 digits and read again', () => {
    const [text] = ids([event]) as [string]
    expect(text).toMatch(/^[0-9a-f]{32}$/)
    expect(eventIdText(parseEventId(text) as Uint32Array, 0)).toBe(text)
    expect(parseEventId('x')).toBeUndefined()
  })
})

it('every kind has a code of its own that fits a byte and a name for its attributes', () => {
  const codes = Object.values(EVENT_KINDS).map((k) => k.code)
  expect(new Set(codes).size).toBe(codes.length)
  for (const kind of kinds) expect(kindOfCode(EVENT_KINDS[kind].code)).toBe(kind)
  expect(codes.every((code) => code > 0 && code < 256)).toBe(true)
  expect(kindOfCode(255)).toBe('vendor')
})
