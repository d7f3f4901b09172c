import type { EventView } from '@quartier/contracts/api'
import { describe, expect, it } from 'vitest'
import { merged, NO_FILTER, passes, queryOf } from './event-filter.ts'

const event = (over: Partial<EventView> = {}): EventView => ({
  ...{ id: '1', kind: 'lift-fault', source: 's', device: 'Lift-3', assetId: null, zoneId: 'z', measuredAt: 1 },
  ...{ receivedAt: 1, severity: 'warning', quality: 0, dataClass: 'none', attributes: { fault: 'E12' } },
  ...over,
})

describe('the filter of events', () => {
  it.each([
    [{}, true],
    [{ kind: 'lift-fault' }, true],
    [{ kind: 'group:building' }, true],
    [{ kind: 'group:camera' }, false],
    [{ zoneId: 'z' }, true],
    [{ zoneId: 'y' }, false],
    [{ severity: 'warning' }, true],
    [{ severity: 'critical' }, false],
    [{ text: ' e12 ' }, true],
    [{ text: 'LIFT' }, true],
    [{ text: 'nothing' }, false],
  ] as const)('%j lets the fault of a lift pass: %s', (over, yes) => {
    expect(passes(event(), { ...NO_FILTER, ...over })).toBe(yes)
  })

  it('asks the server the same', () => {
    const query = queryOf({ ...NO_FILTER, kind: 'group:traffic', zoneId: 'z', severity: 'notice', text: ' a ' }, 4e6)
    expect(query.get('from')).toBe('400000')
    expect(query.getAll('kind')).toContain('wrong-way')
    expect([query.get('zoneId'), query.get('severity'), query.get('text')]).toEqual(['z', 'notice', 'a'])
    expect([...queryOf(NO_FILTER, 4e6).keys()]).toEqual(['from', 'limit'])
  })
})

it('events of two lists stand together once, newest first, as many as there is room for', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id, i) => event({ id, measuredAt: i })) as [EventView, EventView, EventView]
  expect(merged([b, a], [c, b], 10).map((e) => e.id)).toEqual(['c', 'b', 'a'])
  expect(merged([b, a], [c, b], 2).map((e) => e.id)).toEqual(['c', 'b'])
})
