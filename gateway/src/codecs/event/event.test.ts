import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contextOf, RecordingSink } from '../recording-sink.ts'
import { eventCodec } from './event.ts'

interface Vector {
  readonly name: string
  readonly device?: string
  readonly payload: unknown
  readonly events?: readonly object[]
  readonly rejects?: readonly string[]
  readonly rejection?: string
  readonly removed?: Readonly<Record<string, number>>
}
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as Vector[]
const AT = 1_790_000_000_000

function decode(payload: string, device = 'cam') {
  const sink = new RecordingSink()
  const buffer = Buffer.from(`9"{${payload}}9,"`)
  const rejection = eventCodec().decode(buffer, 3, buffer.length - 4, contextOf(device, ''), sink)
  return { sink, rejection }
}

describe('the event codec', () => {
  it.each(vectors)('$name', ({ device, payload, events = [], rejects = [], rejection, removed = {} }) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
    const { sink, rejection: why } = decode(text, device)
    expect(why?.reason).toBe(rejection)
    const shown = sink.events.map((e) => ({ ...e, measuredAt: Number.isNaN(e.measuredAt) ? null : e.measuredAt }))
    expect(shown).toMatchObject(events)
    expect(sink.events).toHaveLength(events.length)
    expect(sink.rejects.map((r) => r.reason)).toEqual(rejects)
    const counted: Record<string, number> = {}
    for (const { kind, count } of sink.removed) counted[kind] = (counted[kind] ?? 0) + count
    expect(counted).toEqual(removed)
  })

  it('gives a token in place of a plate and lets nothing of the plate through', () => {
    const attributes = { licensePlate: 'QA 12345', plateToken: 'QA 12345', country: 'QA' }
    const { sink } = decode(JSON.stringify({ kind: 'plate-seen', ts: AT, attributes }))
    expect(sink.events[0]).toMatchObject({
      dataClass: 'pseudonymous',
      attributes: { plateToken: 'token-2', country: 'QA' },
    })
    expect(JSON.stringify(sink.events)).not.toContain('12345')
    expect(sink.plates).toEqual(['QA 12345', 'QA 12345'])
  })

  it('keeps no plate where there are no tokens', () => {
    const sink = Object.assign(new RecordingSink(), { privacy: undefined as never })
    const payload = Buffer.from(JSON.stringify({ kind: 'plate-seen', attributes: { plate: 'QA 1' } }))
    eventCodec().decode(payload, 0, payload.length, contextOf('cam', ''), sink)
    expect(sink.events[0]?.attributes).toEqual({})
  })

  it('refuses more than 256 KiB, 5,000 events, and what is not UTF-8', () => {
    expect(decode(' '.repeat(262_145)).rejection?.reason).toBe('json-limit')
    expect(decode(`[${Array(5_001).fill('1').join()}]`).rejection?.reason).toBe('json-limit')
    const bad = Buffer.from([0x22, 0xff, 0x22])
    expect(eventCodec().decode(bad, 0, 3, contextOf('cam', ''), new RecordingSink())?.reason).toBe('json-utf8')
  })
})
