import { readFileSync } from 'node:fs'
import { MAX_TIME_MS } from '@quartier/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextOf, RecordingSink } from '../recording-sink.ts'
import { jsonCodec } from './json.ts'

type Row<T> = [device: string, property: string, measuredAt: number | null, value: T]
interface Vector {
  name: string
  topic: [device: string, property: string]
  options?: unknown
  payload: string
  readings?: Row<number>[]
  states?: Row<string>[]
  rejects?: string[]
  rejection?: string
}
const vectors = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as Vector[]

function decode(payload: Uint8Array, topic: [string, string], options: unknown = {}) {
  const sink = new RecordingSink()
  // The payload stands in the middle of a larger buffer, as it does in a socket's.
  const buffer = Buffer.concat([Buffer.from('9"{'), payload, Buffer.from('}9,"')])
  const rejection = jsonCodec(options).decode(buffer, 3, 3 + payload.length, contextOf(...topic), sink)
  const time = (t: number) => (Number.isNaN(t) ? null : t)
  return {
    readings: sink.readings.map((r): Row<number> => [r.device, r.property, time(r.measuredAt), r.value]),
    states: sink.states.map((s): Row<string> => [s.device, s.property, time(s.measuredAt), s.text]),
    rejects: sink.rejects.map((r) => r.reason),
    rejection,
  }
}

describe('the json codec', () => {
  it.each(vectors)('$name', ({ topic, options, payload, readings = [], states = [], rejects = [], rejection }) => {
    const got = decode(Buffer.from(payload), topic, options)
    expect(got.rejection?.reason).toBe(rejection)
    expect(got).toMatchObject({ readings, states, rejects })
  })

  it('says where the fault is, counted from the beginning of the payload', () => {
    expect(decode(Buffer.from('{"value":1,"b":tru}'), ['d', 'p']).rejection?.detail).toBe(
      'this is not a JSON value at byte 15',
    )
  })

  it('refuses bytes that are not UTF-8 and a byte order mark', () => {
    expect(decode(Buffer.from([0x22, 0xc3, 0x28, 0x22]), ['d', 'p']).rejection?.reason).toBe('json-utf8')
    expect(decode(Buffer.from('\ufeff1'), ['d', 'p']).rejection?.reason).toBe('json-syntax')
  })

  it.each([
    ['more than 256 KiB', ' '.repeat(262_145)],
    ['more than 16 levels', '['.repeat(17) + ']'.repeat(17)],
    ['a text of more than 8 KiB', `"${'x'.repeat(8_192)}"`],
    ['more than 5,000 members', `{${Array.from({ length: 5_002 }, (_, i) => `"k${i}":1`)}}`],
  ])('refuses %s', (_, payload) => {
    expect(decode(Buffer.from(payload), ['d', 'p']).rejection?.reason).toBe('json-limit')
    expect(decode(Buffer.from(payload), ['d', 'p'], { value: '/a/b' }).rejection?.reason).toMatch(/json-(limit|value)/)
  })

  it('takes 5,000 properties in one object', () => {
    const payload = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i])))
    expect(decode(Buffer.from(payload), ['d', '']).readings).toHaveLength(5_000)
  })

  it('refuses options that are wrong, all at once', () => {
    expect(() => jsonCodec({ time: 'ts', unit: 's' })).toThrow(/time[\s\S]*unit|unit[\s\S]*time/)
  })
})

describe('a mapping that names an event', () => {
  const NOW = 1_790_000_000_000
  const tell = (event: object, message: unknown, more: object = {}) => {
    const sink = new RecordingSink()
    const codec = jsonCodec({ event, ...more })
    const bytes = Buffer.from(JSON.stringify(message))
    const rejection = codec.decode(bytes, 0, bytes.length, contextOf('d', ''), sink)
    return { ...sink, rejection: rejection?.reason, reasons: sink.rejects.map((r) => r.reason) }
  }

  it('makes its codec one of personal messages', () => {
    expect([jsonCodec().personal, jsonCodec({ event: { kind: 'motion' } }).personal]).toEqual([false, true])
  })

  it('tells it with all that it may say', () => {
    const event = {
      ...{ kind: 'lift-fault', id: '/case', severity: 'critical', asset: '/lift/asset' },
      attributes: { fault: '/code', floor: '/lift/floor', wet: '/wet', gone: '/gone' },
    }
    const message = { ts: NOW, case: 881, code: 12, wet: true, gone: null, lift: { asset: 'lift-3', floor: '3' } }
    const attributes = { fault: '12', floor: 3, wet: true }
    expect(tell(event, message).events).toEqual([
      {
        device: 'd',
        kind: 'lift-fault',
        measuredAt: NOW,
        id: '881',
        severity: 'critical',
        asset: 'lift-3',
        attributes,
      },
    ])
  })

  it('tells none where the value stands for none, and takes the readings that are named', () => {
    const event = { kind: { at: '/alarm', is: { true: 'fire-alarm', '2': 'smoke' } } }
    const kinds = (alarm: unknown) => tell(event, { alarm }).events.map((e) => e.kind)
    expect([true, 2, false, 3, null, 'constructor'].map(kinds)).toEqual([['fire-alarm'], ['smoke'], [], [], [], []])
    const both = tell(event, { ts: NOW, alarm: true, t: 71, other: 5 }, { values: { t: '/t' } })
    expect(both.events).toHaveLength(1)
    expect(both.readings.map((r) => [r.property, r.value])).toEqual([['t', 71]])
    expect(tell(event, { alarm: 'none' }).rejection).toBeUndefined()
  })

  it('tells one for each message of a list, and sets aside what cannot be one', () => {
    const event = { kind: 'door-forced', id: '/id', asset: '/asset', attributes: { door: '/door' } }
    const list = [{ id: 1 }, { id: [2] }, { id: 3, asset: true }, { id: 4, door: { name: 5 } }, { id: 5, door: 7 }]
    const got = tell(event, { list }, { each: '/list' })
    expect(got.events.map((e) => [e.id, e.attributes])).toEqual([
      ['1', {}],
      ['5', { door: '7' }],
    ])
    expect(got.reasons).toEqual(['event-id', 'event-name', 'event-attribute'])
    expect(tell(event, { list: [{ id: {} }] }, { each: '/list' }).rejection).toBe('event-id')
    expect(tell(event, { list: Array.from({ length: 5_001 }, () => ({})) }, { each: '/list' }).rejection).toBe(
      'json-limit',
    )
  })

  it('leaves out what says who somebody is, and turns a plate into a token', () => {
    const event = { kind: 'access-denied', attributes: { door: '/door', cardNumber: '/card', plate: '/plate' } }
    const got = tell(event, { door: 'North', card: '88123', plate: 'QA 1' })
    expect(got.events).toMatchObject([
      { attributes: { door: 'North', plateToken: 'token-1' }, dataClass: 'pseudonymous' },
    ])
    expect(got.removed).toEqual([{ camera: 'd', kind: 'person', count: 1 }])
  })
})

describe('the scanner agrees with JSON.parse', () => {
  const space = fc.constantFrom('', '', '', ' ', '\n', '\t \r')
  const scalar = fc.oneof(
    fc.double().map(String),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.integer().map((n) => `${n / 100}`),
    fc.constantFrom('true', 'false', 'null', '-0', '1e400', '01', '1.', 'tru', ''),
    fc.string({ unit: 'binary' }).map((s) => JSON.stringify(s)),
    fc.string().map((s) => `"${s}"`),
  )
  const key = fc.oneof(
    fc.constantFrom('"ts"', '"value"', '"v\\u0061lue"', '"a"', '"b"'),
    fc.string().map((s) => JSON.stringify(s)),
  )
  const object = fc
    .array(
      fc.tuple(
        space,
        key,
        space,
        fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.json() }),
        space,
      ),
    )
    .map((members) => `{${members.map(([a, k, b, v, c]) => `${a}${k}${b}:${v}${c}`).join()}}`)
  const text = fc.oneof(
    object,
    object,
    fc.json(),
    fc.tuple(space, scalar, space).map((t) => t.join('')),
  )
  const mutated = fc.tuple(text, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean()).map(([t, at, byte, cut]) => {
    const bytes = Buffer.from(t)
    if (bytes.length === 0) return bytes
    if (cut) return bytes.subarray(0, at % bytes.length)
    bytes[at % bytes.length] = byte
    return bytes
  })

  it.each(['p', ''])('on any text, with the property %j in the topic', (property) => {
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((t) => Buffer.from(t)),
          mutated,
        ),
        (bytes) => {
          const got = decode(bytes, ['d', property])
          const reason = got.rejection?.reason ?? ''
          // Stricter than JSON.parse by intent, and tested above.
          if (/json-(duplicate|proto|limit)/.test(reason)) return
          const expected = reference(bytes, property)
          expect(got.rejection === undefined).toBe(expected !== undefined)
          if (expected) expect(sorted(got)).toEqual(sorted(expected))
        },
      ),
      { numRuns: 4000 },
    )
  })

  it('also by the way of mappings', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((t) => Buffer.from(t)),
          mutated,
        ),
        (bytes) => {
          const got = decode(bytes, ['d', 'p'], { values: { p: '/value' } })
          if (/json-(duplicate|proto|limit)/.test(got.rejection?.reason ?? '')) return
          const expected = bytes[bytes.findIndex((c) => c > 32)] === 0x7b ? reference(bytes, 'p') : undefined
          expect(got.rejection === undefined).toBe(expected !== undefined)
          if (expected) expect(sorted(got)).toEqual(sorted(expected))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

/** Objects put keys that look like numbers first; the order of a message's properties means nothing. */
const sorted = ({ readings, states }: { readings: Row<number>[]; states: Row<string>[] }) =>
  [...readings, ...states].map((row) => JSON.stringify(row)).sort()

/** What a message means, told by JSON.parse; `undefined` when it must be refused. */
function reference(
  bytes: Uint8Array,
  property: string,
): { readings: Row<number>[]; states: Row<string>[] } | undefined {
  let root: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const reviver = (_: string, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') && !Number.isSafeInteger(value)
        ? BigInt(context?.source as string)
        : value
    root = (JSON.parse as (t: string, r: typeof reviver) => unknown)(text, reviver)
  } catch {
    return undefined
  }
  const members = typeof root === 'object' && root !== null && !Array.isArray(root) ? Object.entries(root) : undefined
  if (!members && !property) return undefined
  const time = timeOf(members?.find(([k]) => k === 'ts')?.[1])
  if (time === undefined) return undefined
  const wanted = members
    ? property
      ? members.filter(([k]) => k === 'value').map(([, v]) => [property, v] as const)
      : members.filter(([k]) => k !== 'ts')
    : [[property, root] as const]
  const readings: Row<number>[] = []
  const states: Row<string>[] = []
  for (const [name, value] of wanted) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (name === '' || /[/+#\u0000-\u001f\u007f]/.test(name) || Buffer.byteLength(name) > 256) continue
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
      readings.push(['d', name.toWellFormed(), time, Number(value) + 0])
    else if (typeof value === 'string' || typeof value === 'bigint')
      states.push(['d', name.toWellFormed(), time, String(value).toWellFormed()])
  }
  return readings.length + states.length > 0 ? { readings, states } : undefined
}

/** Null without a time, `undefined` with one that is none. */
function timeOf(ts: unknown): number | null | undefined {
  if (ts === undefined || ts === null) return null
  const n = Math.round(Number(typeof ts === 'number' || typeof ts === 'bigint' ? ts : Number.NaN)) + 0
  return n >= 0 && n <= MAX_TIME_MS ? n : undefined
}
