import { createHash } from 'node:crypto'
import { seriesIdOf } from '@quartier/contracts'
import { MARK_HISTORICAL } from '@quartier/contracts/quality'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import { describe, expect, it } from 'vitest'
import { createDeviceModel } from '../devices/device-model.ts'
import { createDistrict } from '../district/create-district.ts'
import { folderWith } from '../testing/folder.ts'
import { createHistory, type HistoryOptions } from './history.ts'
import { writeHistory } from './write-history.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const FROM = Date.UTC(2026, 10, 1, 3)

const optionsOf = (settings: Partial<HistoryOptions> = {}): HistoryOptions => ({
  model: createDistrict({ seed: 31, sensors: 600 }),
  seed: 31,
  from: FROM,
  to: FROM + 30 * HOUR,
  everyMs: 5 * MINUTE,
  ...settings,
})

/** Fingerprint of all that these stretches hold, one after the other. */
function hashOf(...stretches: HistoryOptions[]): string {
  const hash = createHash('sha256')
  for (const stretch of stretches) {
    const history = createHistory(stretch)
    for (let n = history.next(); n > 0; n = history.next())
      for (let i = 0; i < n; i++) {
        const { seriesLo, measuredAt, value } = history.columns
        hash.update(`${seriesLo[i]} ${measuredAt[i]} ${value[i]}\n`)
      }
  }
  return hash.digest('hex')
}

describe('the history of a district', () => {
  it('is the same to the byte in two runs, in batches of any size and in any stretches of time', () => {
    const whole = hashOf(optionsOf())
    expect(hashOf(optionsOf())).toBe(whole)
    expect(hashOf(optionsOf({ batchRows: 7_777 }))).toBe(whole)
    const cut = FROM + 11 * HOUR + 17 * MINUTE
    expect(hashOf(optionsOf({ to: cut }), optionsOf({ from: cut }))).toBe(whole)
    expect(hashOf(optionsOf({ seed: 32 }))).not.toBe(whole)
  })

  it('holds what the live devices say at those instants', () => {
    const options = optionsOf({ to: FROM + HOUR })
    const devices = createDeviceModel(options.model, 31)
    const history = createHistory(options)
    const n = history.next()
    const place = new Map(options.model.series.map((s, i) => [seriesIdOf(s.key).lo, i]))
    for (let row = n - 1; row >= 0; row -= 7) {
      const series = place.get(history.columns.seriesLo[row]!)!
      expect(history.columns.value[row]).toBe(devices.read(series, history.columns.measuredAt[row]!))
    }
  })

  it('goes straight into a store, durable and marked as history', async () => {
    const folder = folderWith({})
    const clock = { now: () => FROM + 40 * HOUR, speed: 1 }
    const store = await openEmbeddedStore({ folder, clock, flushEveryMs: 0, hotRows: 50_000 })
    const options = optionsOf()
    const report = await writeHistory(store, options)
    expect(report.instants).toBe(360)
    expect(report.readings).toBeGreaterThan(0.99 * 360 * 600)
    expect((await store.usage()).readings).toBe(report.readings)
    expect(await store.takeCounts()).toEqual([])
    await store.close()
    const again = await openEmbeddedStore({ folder, clock, flushEveryMs: 0 })
    expect((await again.usage()).readings).toBe(report.readings)
    const [range] = await again.range([seriesIdOf(options.model.series[5]!.key)], FROM, FROM + HOUR)
    expect(range!.measuredAt.length).toBeGreaterThan(10)
    expect(range!.quality.every((q) => q === MARK_HISTORICAL)).toBe(true)
    await again.close()
  })
})
