import type { AttentionRow } from '@quartier/contracts/api'
import { describe, expect, it } from 'vitest'
import { NO_WISHES, type Wishes } from '../theme/preferences.ts'
import { createWatch, isWished } from './alerts.ts'

const line = (id: string, more: Partial<AttentionRow> = {}): AttentionRow => ({
  id,
  state: 'out-of-range',
  series: 1,
  assets: 1,
  criticality: 3,
  sinceAt: 0,
  asset: null,
  zoneId: 'north',
  system: 'cooling',
  reading: null,
  ...more,
})
const wishes: Wishes = { ...NO_WISHES, on: true }

describe('what somebody is told of', () => {
  it('is what they chose by state, system and zone, and nothing while it is off', () => {
    expect(isWished(line('a'), wishes)).toBe(true)
    expect(isWished(line('a'), { ...wishes, on: false })).toBe(false)
    expect(isWished(line('a', { state: 'stale' }), wishes)).toBe(false)
    expect(isWished(line('a'), { ...wishes, systems: ['water'] })).toBe(false)
    expect(isWished(line('a'), { ...wishes, zones: ['north', 'south'] })).toBe(true)
    expect(isWished(line('a', { zoneId: null }), { ...wishes, zones: ['north'] })).toBe(false)
  })

  it('is news only: neither what stood there at first nor what was told already', () => {
    const watch = createWatch()
    expect(watch.see([line('a')], wishes, 0)).toBeUndefined()
    expect(watch.see([line('b'), line('a')], wishes, 1000)?.row.id).toBe('b')
    expect(watch.see([line('b'), line('a')], wishes, 60_000)).toBeUndefined()
  })

  it('is a flood as one line, the most pressing one, and without what has ended meanwhile', () => {
    const watch = createWatch()
    watch.see([], wishes, 0)
    expect(watch.see([line('a')], wishes, 1000)?.lines).toBe(1)
    expect(watch.see([line('b'), line('a')], wishes, 2000)).toBeUndefined()
    expect(watch.see([line('d'), line('c'), line('b'), line('a')], wishes, 3000)).toBeUndefined()
    const alert = watch.see([line('d'), line('c')], wishes, 17_000)
    expect([alert?.row.id, alert?.lines]).toEqual(['d', 2])
  })
})
