import { describe, expect, it } from 'vitest'
import type { Codec } from '../codecs/codec.ts'
import { covers, fillIn, isFilter } from './filter.ts'
import { Routes } from './routes.ts'
import { TopicTree } from './tree.ts'

describe('a topic filter', () => {
  it.each([
    ['#', true],
    ['a/#', true],
    ['a/+/b', true],
    ['/', true],
    ['', false],
    ['a#', false],
    ['a/#/b', false],
    ['a+/b', false],
  ])('%j is valid: %s', (filter, valid) => expect(isFilter(filter)).toBe(valid))

  it.each([
    ['t/s/#', 't/s/d/1', true],
    ['t/s/#', 't/s', true],
    ['t/s/#', 't/s/+/x/#', true],
    ['t/+/x', 't/a/x', true],
    ['t/+/x', 't/#', false],
    ['t/a', 't/+', false],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x/y', true],
    ['#', '#', true],
    ['+', '/a', false],
    ['+/+', '/a', true],
  ])('%j covers %j: %s', (allowed, requested, yes) => expect(covers(allowed, requested)).toBe(yes))

  it('speaks of a principal by name and source', () => {
    expect(fillIn('t/%s/d/%p/#', { name: 'dev', source: 'acme' })).toBe('t/acme/d/dev/#')
  })
})

describe('the topic tree', () => {
  it('finds what the filters match, once each, and nothing that was removed', () => {
    const tree = new TopicTree<string>()
    for (const f of ['#', 'a/#', 'a/+', 'a/b', '+/b', 'a/b/c', '$SYS/#']) tree.add(f, f)
    expect([...tree.match('a/b')].sort()).toEqual(['#', '+/b', 'a/#', 'a/+', 'a/b'])
    expect([...tree.match('a')].sort()).toEqual(['#', 'a/#'])
    expect([...tree.match('$SYS/x')]).toEqual(['$SYS/#'])
    tree.remove('#', '#')
    tree.remove('a/b', 'a/b')
    expect([...tree.match('a/b')].sort()).toEqual(['+/b', 'a/#', 'a/+'])
  })
})

describe('routes', () => {
  const codec: Codec = { name: 'x', decode: () => undefined }
  const make = (filters: string[]) =>
    new Routes(
      filters.map((filter) => ({ filter, codec: 'x' })),
      { x: () => codec },
    )
  const routes = make(['t/{source}/d/{device}/{property}', 'senml/{source}/{device+}'])

  it('tell which levels name source, device and property', () => {
    expect(routes.match('t/acme/d/7/temp')).toEqual({
      codec,
      source: [1, 2],
      device: [3, 4],
      property: [4, 5],
      defaultSource: 'x',
    })
    expect(routes.match('senml/acme/a/b/c')).toEqual({
      codec,
      source: [1, 2],
      device: [2, 5],
      property: [0, 0],
      defaultSource: 'x',
    })
    expect(routes.match('senml/acme')).toBeUndefined()
    expect(routes.match('t/acme/x/7/temp')).toBeUndefined()
    expect(routes.match('t//d/7/temp')).toBeUndefined()
  })

  it('may pass over levels, and leave the source to the principal', () => {
    const loose = make(['app/+/device/{device}/#', 'z/#'])
    const found = { codec, source: [0, 0], device: [3, 4], property: [0, 0], defaultSource: 'x' }
    for (const topic of ['app/7/device/d', 'app/7/device/d/up', 'app//device/d/a/b'])
      expect(loose.match(topic)).toEqual(found)
    expect(loose.match('app/7/device')).toBeUndefined()
    expect(loose.match('z')).toMatchObject({ device: [0, 0] })
    for (const filter of ['app/+/device/+/#', 'app/1/device/x/up', 'z/#', 'z'])
      expect(loose.coversFilter(filter)).toBe(true)
    for (const filter of ['app/#', 'app/+/device/#', '+/#']) expect(loose.coversFilter(filter)).toBe(false)
  })

  it('leave to plain MQTT what their codec does not read', () => {
    const picky: Codec = { name: 'p', decode: () => undefined, reads: (topic) => !topic.endsWith('/set') }
    const some = new Routes([{ filter: 'z/#', codec: 'p' }], { p: () => picky })
    expect(some.match('z/lamp')?.codec).toBe(picky)
    expect(some.match('z/lamp/set')).toBeUndefined()
    expect(some.coversFilter('z/#')).toBe(false)
  })

  it('know which subscriptions can only match telemetry', () => {
    expect(routes.coversFilter('t/acme/d/+/temp')).toBe(true)
    expect(routes.coversFilter('senml/+/x/#')).toBe(true)
    expect(routes.coversFilter('t/#')).toBe(false)
    expect(routes.coversFilter('#')).toBe(false)
  })

  it.each(['t/{sauce}/x', '#', '+/b', 'a/#/b', '{source}/{device+}/x', '{source}/{source}', 'a/{device+}/#'])(
    '%j is refused',
    (filter) => expect(() => make([filter])).toThrow(/gateway.routes/),
  )
})
