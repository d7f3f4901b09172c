import type { FoundAsset, PlatformView, WindowsView } from '@quartier/contracts/api'
import type { LiveSeries } from '@quartier/contracts/live'
import { describe, expect, it } from 'vitest'
import { translator } from '../i18n/translate.ts'
import { kindName, propertyName } from '../i18n/vocabulary.ts'
import { emptyRegistry } from '../live/registry.ts'
import { reportingShare } from './attention/coverage-bars.tsx'
import { HOUR_MS, isYoung, trendOf, trendRange, trendStep } from './card/trend-data.ts'
import { formatLarge, healthCells } from './health/cells.ts'
import { hitsOf, questionsOf } from './top-bar/search.ts'
import { formatReading } from './words.ts'

const t = translator('en')

describe('the day of a series', () => {
  const MINUTE = 60_000
  const view = (counts: number[]): WindowsView => {
    const cells = counts.map((count, i) => (count > 0 ? 20 + i : null))
    const columns = { count: counts, mean: cells, min: cells, max: cells, last: cells, notGood: counts }
    return {
      at: counts.length * 5 * MINUTE,
      from: 0,
      stepMs: 5 * MINUTE,
      windows: counts.length,
      series: [{ key: 's/d/t', ...columns, coverage: cells.map(() => null), stretches: [], seams: [] }],
    }
  }

  it('keeps a gap as a gap, and hatches what is missing up to now', () => {
    const trend = trendOf(view([1, 1, 0, 0, 1, 0, 0]), 35 * MINUTE)!
    expect(trend.mean[2]).toBeNull()
    expect(trend.gaps).toEqual([
      [450, 1350],
      [1350, 2100],
    ])
    expect([trend.lowest, trend.highest]).toEqual([20, 24])
  })

  it('leaves out what was measured in another unit', () => {
    const one = view([1, 1, 1, 1])
    const where = { assetId: null, placeId: null, zoneId: null }
    const stretches = [
      { from: 0, to: 7 * MINUTE, unit: 'W', ...where },
      { from: 7 * MINUTE, to: 20 * MINUTE, unit: 'kW', ...where },
    ]
    const trend = trendOf({ ...one, series: [{ ...one.series[0]!, stretches }] }, 20 * MINUTE)!
    expect(trend.mean).toEqual([null, null, 22, 23])
    expect([trend.lowest, trend.gaps]).toEqual([22, []])
  })

  it('does not exist when nothing arrived', () => {
    expect(trendOf(view([0, 0]), 10 * MINUTE)).toBeUndefined()
  })

  it('shows a limit that is near and leaves a far one out', () => {
    const trend = trendOf(view([1, 1, 1, 1, 1]), 25 * MINUTE)!
    expect(trendRange(trend, [null, 26])[1]).toBeGreaterThan(26)
    expect(trendRange(trend, [null, 400])[1]).toBeLessThan(26)
  })

  it('is the last hour where nothing is older', () => {
    const hours = view(Array.from({ length: 36 }, (_, i) => (i >= 30 ? 1 : 0)))
    expect(isYoung(hours, 180 * MINUTE)).toBe(true)
    expect(isYoung(view([1, 0, 1]), 180 * MINUTE)).toBe(false)
    expect(isYoung(view([0, 0]), 180 * MINUTE)).toBe(false)
    expect(trendStep(15_000, HOUR_MS)).toBe(MINUTE)
  })

  it('has windows wide enough to hold a reading each', () => {
    expect(trendStep(10_000)).toBe(5 * MINUTE)
    expect(trendStep(15 * MINUTE)).toBe(30 * MINUTE)
    expect(trendStep(0)).toBe(5 * MINUTE)
  })
})

describe('the health strip', () => {
  const platform: PlatformView = {
    at: 0,
    clock: { speed: 1, simulated: false },
    version: '',
    uptimeS: 1,
    reporting: { expected: 1000, reporting: 995, series: 1000, never: 0 },
    messagesPerS: 10,
    readingsPerS: 40,
    sensorLatencyMs: { p50: 1, p95: 900 },
    receiveLatencyMs: { p50: 1, p95: 1 },
    ledger: { state: 'balanced', accepted: 5, stored: 5, difference: 0 },
    devicesAheadMs: 0,
    rejectedLastHour: 0,
    rejectedTopReason: null,
    quarantined: 0,
    store: { ready: true, series: 1, readings: 1_234_567, files: 1, bytes: 10, newestAt: 1 },
    log: { bytes: 1, records: 1 },
    lagRecords: 0,
    clients: 1,
  }
  const badCells = (p: PlatformView, delay = 400) =>
    healthCells(p, delay, t)
      .filter(({ bad }) => bad)
      .map(({ id }) => id)

  it('is quiet when all is well', () => {
    expect(badCells(platform)).toEqual([])
  })

  it('speaks up for silence, delay, an unbalanced ledger, refusals and lag', () => {
    const ill: PlatformView = {
      ...platform,
      reporting: { ...platform.reporting, reporting: 900 },
      ledger: { state: 'unbalanced', accepted: 9, stored: 5, difference: 4 },
      rejectedLastHour: 90_000,
      lagRecords: 50_000,
    }
    expect(badCells(ill, 9000)).toEqual(['reporting', 'delay', 'ledger', 'rejected', 'lag'])
  })

  it('takes the server’s delay until this screen has its own', () => {
    expect(healthCells(platform, undefined, t)[2]!.value).toContain('900')
  })

  it('is patient right after a start, and says so when the store is gone or nothing arrives', () => {
    const none = { ...platform, sensorLatencyMs: { p50: null, p95: null } }
    const bad = (p: PlatformView) => healthCells(p, undefined, t).flatMap(({ id, bad }) => (bad ? [id] : []))
    expect(bad(none)).toEqual([])
    expect(bad({ ...none, uptimeS: 300 })).toEqual(['delay'])
    const gone = { ...platform, readingsPerS: 0, store: { ...platform.store, ready: false } }
    expect(bad(gone)).toEqual(['readings', 'store'])
    expect(healthCells(gone, 400, t)[1]!.value).toBe('nothing arrives')
  })

  it('says that our own clock is suspect in place of a delay that means nothing', () => {
    const behind = { ...platform, devicesAheadMs: -3_600_000 }
    expect(healthCells(behind, 400, t)[2]).toMatchObject({ value: 'our clock?', bad: true })
    expect(healthCells(behind, 400, t)[2]?.aside).toMatch(/most devices are .?60.? min behind/)
    expect(healthCells({ ...platform, devicesAheadMs: 120_000 }, 400, t)[2]?.aside).toMatch(/are .?2.? min ahead/)
    expect(healthCells(behind, 400, translator('ar'), 'ar')[2]?.aside).toContain('60')
  })

  it('says in both languages why messages were refused', () => {
    const refused = { ...platform, rejectedLastHour: 3, rejectedTopReason: 'json-syntax' }
    expect(healthCells(refused, 400, t)[4]!.aside).toContain('unreadable messages')
    expect(healthCells(refused, 400, translator('ar'), 'ar')[4]!.aside).toContain('غير مقروءة')
  })

  it('shortens large sums', () => {
    expect(formatLarge(999_999)).toBe('999,999')
    expect(formatLarge(1_234_567)).toBe('1.23\u202fM')
  })
})

describe('coverage', () => {
  it('is never rounded to all or nothing', () => {
    expect([reportingShare(9999, 10_000), reportingShare(1, 10_000), reportingShare(5, 5)]).toEqual([99, 1, 100])
  })
})

describe('words', () => {
  it('call known quantities by their name and take unknown ones apart', () => {
    expect(propertyName('co2', 'en')).toBe('CO₂')
    expect(propertyName('leakRate', 'en')).toBe('Leak rate')
    expect(kindName('solar_panel', 'en')).toBe('solar panel')
    expect(kindName('gateway', 'ar')).toBe('بوابة')
  })

  it('say what a bare count counts', () => {
    const people = { property: 'people', unit: '' } as LiveSeries
    const said = (n: number, language: 'en' | 'ar') =>
      formatReading(n, people, translator(language)).replace(/[\u2066-\u2069]/g, '')
    expect([said(1, 'en'), said(1204, 'en'), said(12, 'ar')]).toEqual(['1 person', '1,204 people', '12 شخصًا'])
  })
})

describe('search', () => {
  const asset = (id: string) =>
    ({ id, kind: 'air-handler', name: `AHU ${id}`, nameAr: '', placeId: '', zoneId: null }) as unknown as FoundAsset
  const series = (key: string) => ({ key, property: 'power', unit: 'W', asset: null })

  it('asks for what words mean as well as for the words', () => {
    const asked = (text: string) => questionsOf(text).map((query) => Object.fromEntries(query))
    expect(asked('  ')).toEqual([])
    expect(asked('lamp-4')).toEqual([{ text: 'lamp-4', limit: '12' }])
    expect(asked('Air handlers west')[0]).toEqual({ text: 'west', kind: 'air-handler', limit: '12' })
    expect(asked('Air handlers west')[1]).toEqual({ text: 'air handlers west', limit: '12' })
    expect(asked('wind speed')[0]).toEqual({ text: '', property: 'windSpeed', limit: '12' })
    expect(asked('مصعد')[0]).toMatchObject({ kind: 'lift' })
  })

  it('shows each thing once, assets first, and crowds nothing out', () => {
    const assets = Array.from({ length: 20 }, (_, i) => asset(`a-${i}`))
    const answers = [
      { assets, series: [] },
      { assets: [asset('a-0')], series: [series('s/d/power'), series('s/e/power')] },
    ]
    const hits = hitsOf(answers, [], emptyRegistry, 'en')
    expect(hits).toHaveLength(12)
    expect(hits.map(({ kind }) => kind)).toEqual([...Array(10).fill('asset'), 'series', 'series'])
    expect(new Set(hits.map(({ id }) => id)).size).toBe(12)
  })
})
