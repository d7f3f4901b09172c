import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fault } from '../fault.ts'
import { Words } from '../words.ts'
import { pick } from './pick.ts'
import { Picked } from './picked.ts'
import { drop, IGNORE, Shape, span } from './shape.ts'
import { findKey, textsIn } from './spans.ts'

const shape = new Shape({
  a: 'a',
  b: { c: 'c', d: drop('image'), '#text': 'text' },
  list: span('list'),
  quiet: IGNORE,
  gone: drop('face'),
})
const p = new Picked(shape)
const at = shape.slotsOf('a', 'c', 'text', 'list')
const read = (text: string) => {
  const bytes = Buffer.from(`xx${text}yy`)
  return pick(bytes, 2, bytes.length - 2, shape, p)
}
const removed = () => ({ images: p.removed[1], faces: p.removed[0], others: p.removed[9], all: p.removals })

describe('picking members by name', () => {
  it('finds them in any order, however they were ordered before', () => {
    const members = fc.shuffledSubarray(
      ['"a":1', '"b":{"c":"x","d":"y"}', '"list":["p","q"]', '"quiet":[{}]', '"gone":7', '"other":{"a":2}'],
      { minLength: 6 },
    )
    fc.assert(
      fc.property(members, (list) => {
        expect(read(`{${list.join(',')}}`)).toBe(0)
        expect([p.number(at.a), p.text(at.c), p.isNested(at.list)]).toEqual([1, 'x', true])
        expect(removed()).toEqual({ images: 1, faces: 1, others: 1, all: 3 })
      }),
    )
  })

  it('takes a plain value for an object that may have a text of its own, and the first of several objects', () => {
    expect(read('{"b":"plain"}')).toBe(0)
    expect(p.text(at.text)).toBe('plain')
    expect(read('{"b":[{"#text":"first"},{"#text":"second"}]}')).toBe(0)
    expect([p.text(at.text), p.removals]).toEqual(['first', 1])
  })

  it('counts nothing as removed where there is nothing', () => {
    for (const nothing of ['null', 'false', '""', '[]', '{}', '[ ]']) {
      expect(read(`{"gone":${nothing}}`)).toBe(0)
      expect(p.removals).toBe(0)
    }
  })

  it('passes over what nobody reads, whatever its size and whether or not it is good JSON', () => {
    expect(read(`{"gone":"${'x'.repeat(100_000)}\\\\","quiet":"${'\\"'.repeat(90)}","a":5}`)).toBe(0)
    expect(p.number(at.a)).toBe(5)
    expect(read('{"quiet":[1,,{"a" 2}],"a":6}')).toBe(0)
    expect(p.number(at.a)).toBe(6)
  })

  it.each([
    ['{"a":1', 'json-syntax'],
    ['{"quiet":[1,2', 'json-syntax'],
    ['{"quiet":"abc', 'json-syntax'],
    ['{"quiet":"abc\\', 'json-syntax'],
    ['{"quiet":}', 'json-syntax'],
    ['{"a":1}x', 'json-syntax'],
    ['{"a":1,"a":2}', 'json-duplicate'],
    ['{"list":[],"list":[]}', 'json-duplicate'],
    ['{"__proto__":1}', 'json-proto'],
    ['{"\\u005f_proto__":1}', 'json-proto'],
    [`{"quiet":${'['.repeat(20)}${']'.repeat(20)}}`, 'json-limit'],
    ['[1]', 'json-shape'],
    ['', 'json-shape'],
  ])('refuses %j as %s', (text, reason) => {
    expect(read(text)).toBe(-1)
    expect(fault.reason).toBe(reason)
  })

  it('refuses a text that is not UTF-8 where it is read', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
    expect(pick(bytes, 0, bytes.length, shape, p)).toBe(-1)
    expect(fault.reason).toBe('json-utf8')
  })
})

describe('what is picked unread', () => {
  it('ends where JSON.parse says', () => {
    const inner = new Shape({ type: 'type', old: span('old'), new: { x: 'x', old: IGNORE } })
    const found = new Picked(inner)
    const slots = inner.slotsOf('type', 'old', 'x')
    const name = fc.constantFrom('old', 'new', 'x', 'type', '"new":', '}, "new": {"x": 9}', '\\')
    const { inside } = fc.letrec((tie) => ({
      inside: fc.dictionary(
        name,
        fc.oneof({ maxDepth: 3 }, fc.integer(), name, tie('inside'), fc.tuple(tie('inside'), name)),
        { maxKeys: 3 },
      ),
    }))
    const members = fc.record({ type: name, old: inside, new: fc.record({ x: fc.integer(), old: inside }), y: inside })
    const message = fc.tuple(
      members,
      fc.shuffledSubarray(['type', 'old', 'new', 'y'] as const),
      fc.constantFrom('', ' '),
    )
    fc.assert(
      fc.property(message, fc.nat(), ([all, keys, space], cut) => {
        const text = JSON.stringify(Object.fromEntries(keys.map((key) => [key, all[key]])), undefined, space)
        const bytes = Buffer.from(`{"new":{${text}`)
        const from = bytes.length - Buffer.byteLength(text)
        expect(pick(bytes, from, bytes.length, inner, found)).toBe(0)
        const said = JSON.parse(text) as Partial<typeof all>
        const old = bytes.toString('utf8', found.from[slots.old], found.to[slots.old])
        expect(found.isNested(slots.old) ? JSON.parse(old) : undefined).toEqual(said.old)
        expect(found.number(slots.x)).toBe(said.new?.x ?? Number.NaN)
        expect(found.text(slots.type)).toBe(said.type ?? '')
        expect(pick(bytes, from, from + (cut % text.length), inner, found)).toBe(-1)
      }),
      { numRuns: 3_000 },
    )
  })

  it('gives its texts, but none that hides behind escapes', () => {
    const words = new Words((text) => text.toUpperCase())
    expect(read('{"list":["one", {"x":"no"}, "t\\u0077o", 3, "three", "one"]}')).toBe(0)
    const found = textsIn(p.bytes, p.from[at.list] as number, p.to[at.list] as number, words, 9)
    expect(found).toEqual(['ONE', 'THREE', 'ONE'])
  })

  it('is searched for a key, which no text can pretend to be', () => {
    const bytes = Buffer.from('{"x":"zone","y":"\\"zone\\":1","zone" : [5],"z":0}')
    expect(bytes.toString('latin1', findKey(bytes, 0, bytes.length, Buffer.from('"zone"'))).slice(0, 3)).toBe('[5]')
    expect(findKey(bytes, 0, bytes.length, Buffer.from('"none"'))).toBe(-1)
    expect(findKey(bytes, 0, 20, Buffer.from('"zone"'))).toBe(-1)
  })
})

describe('words that come again', () => {
  it('are made once, found by their bytes, and right however many there are', () => {
    let made = 0
    const words = new Words((text) => {
      made++
      return text.trim()
    })
    const of = (text: string) => words.of(Buffer.from(text), 0, Buffer.byteLength(text))
    for (let round = 0; round < 3; round++) expect(of(' gate ')).toBe('gate')
    expect(made).toBe(1)
    for (let i = 0; i < 20_000; i++) expect(of(`zone ${i} `)).toBe(`zone ${i}`)
    expect(of('x'.repeat(100))).toHaveLength(100)
  })
})

describe('a span whose end is found by the member behind it', () => {
  const picks = (follower?: string) => {
    const own = new Shape({ type: 'type', old: span('old', follower), new: { x: 'x', inner: span('inner') } })
    const found = new Picked(own)
    const slots = own.slotsOf('type', 'old', 'x', 'inner')
    return (text: string) => {
      const bytes = Buffer.from(`{}${text},"new":1}`)
      if (pick(bytes, 2, 2 + Buffer.byteLength(text), own, found) < 0) return fault.reason
      return Object.values(slots).map((slot) =>
        found.kind[slot] === 0 ? '' : bytes.toString('utf8', found.from[slot], found.to[slot]),
      )
    }
  }
  const [jumping, walking] = [picks('new'), picks()]

  it('is the same as one that is walked through, whatever stands in it and however it is written', () => {
    const key = fc.constantFrom('new', 'x', 'a"new', '},', 'old', 'type')
    const value = fc.letrec<{ any: unknown; object: unknown }>((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, fc.constantFrom(1, null, 'new', '},"new":'), fc.array(tie('any')), tie('object')),
      object: fc.dictionary(key, tie('any'), { maxKeys: 4 }),
    }))
    const written = (message: unknown, space: number) =>
      space === 3 ? JSON.stringify(message).replaceAll(/([,:])/g, '$1 ') : JSON.stringify(message, null, space)
    fc.assert(
      fc.property(value.object, value.any, fc.integer({ min: 0, max: 3 }), fc.boolean(), (old, x, space, isLast) => {
        const message = isLast ? { new: { x: 2, inner: x }, old } : { type: 't', old, new: { x: 2, inner: x } }
        const text = written(message, space)
        expect(jumping(text)).toEqual(walking(text))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is not walked through', () => {
    expect(jumping('{"old":{[,{"},"new":{"x":5}}')).toEqual(['', '{[,{"}', '5', ''])
    expect(walking('{"old":{[,{"},"new":{"x":5}}')).toBe('json-syntax')
  })
})
