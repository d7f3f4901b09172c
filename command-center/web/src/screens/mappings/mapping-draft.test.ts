import type { KeptMapping } from '@quartier/contracts/api'
import { describe, expect, it } from 'vitest'
import { faultsIn, type MappingDraft, NEW_DRAFT, toDraft, toMapping } from './mapping-draft.ts'

const kept = (more: Partial<KeptMapping>): KeptMapping => ({
  ...{ name: 'vendor', filter: 'vendor/{source}/up', source: null, enabled: true, options: {} },
  ...{ changedBy: 'ada', changedAt: 1 },
  ...more,
})
const draft = (more: Partial<MappingDraft>): MappingDraft => ({
  ...NEW_DRAFT,
  ...{ name: 'vendor', filter: 'vendor/{source}/up', values: [{ id: 0, property: 't', place: '/t' }] },
  ...more,
})

describe('a mapping', () => {
  it.each<Partial<KeptMapping>>([
    { options: { values: { temp: '/data/t', hum: '/data/h' }, device: '/dev/id', time: '/at', timeUnit: 's' } },
    { filter: 'v/{source}/{device}/{property}', options: { value: '/v' } },
    { filter: 'v/{source}/{device}', options: { property: '/n', each: '/data' } },
    { filter: 'v/{device}', source: 'acme', enabled: false, options: { ignore: ['rssi', 'seq'] } },
    { filter: 'v/{source}/{device}', options: {} },
    {
      options: {
        values: {},
        event: { kind: { at: '/what', is: { FORCED: 'door-forced' } }, attributes: { door: '/d' } },
      },
    },
  ])('is the same after it was opened and saved unchanged', (more) => {
    const { changedBy: _by, changedAt: _at, ...mapping } = kept(more)
    expect(toMapping(toDraft(kept(more)))).toEqual(mapping)
  })
})

describe('a draft', () => {
  it('without a fault has none', () => expect(faultsIn(draft({}), ['other'])).toEqual({}))

  it.each<[Partial<MappingDraft>, string]>([
    [{ name: 'Vendor' }, 'name'],
    [{ name: 'other' }, 'name'],
    [{ filter: ' ' }, 'filter'],
    [{ time: 'at' }, 'time'],
    [{ device: '/a~2' }, 'device'],
    [{ values: NEW_DRAFT.values }, 'values'],
    [{ event: '{"kind":' }, 'event'],
    [{ event: '["motion"]' }, 'event'],
    [{ values: [{ id: 7, property: 'a/b', place: '/t' }] }, 'values.7'],
    [{ values: [{ id: 7, property: 't', place: '' }] }, 'values.7'],
    [{ values: [0, 7].map((id) => ({ id, property: 't', place: '/t' })) }, 'values.7'],
  ])('with %j is at fault in %s', (more, field) => {
    expect(Object.keys(faultsIn(draft(more), ['other']))).toEqual([field])
  })

  it('needs no readings where it tells an event', () => {
    expect(faultsIn(draft({ event: '{"kind":"motion"}', values: NEW_DRAFT.values }), [])).toEqual({})
  })

  it('is not at fault in what it does not use', () => {
    expect(faultsIn(draft({ holds: 'flat', values: [{ id: 0, property: '', place: 'x' }] }), [])).toEqual({})
  })
})
