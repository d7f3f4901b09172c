import { beforeEach, expect, it } from 'vitest'
import { versionAt } from '../versions.ts'
import { asset, linesFrom, place as placeOf, type RecordsPlace, series, smallDistrict } from './fixture.ts'

const KEY = 'demo/ahu-1/power'
const MARCH = Date.UTC(2026, 2, 1)
const APRIL = Date.UTC(2026, 3, 1)
const MAY = Date.UTC(2026, 4, 1)

export function historyContract(place: RecordsPlace): void {
  const registry = () => place.records.registry
  const versions = async (key = KEY) => (await registry().seriesVersions([key])).get(key) ?? []
  const told = async (at: number) => {
    const { definition, zoneId } = versionAt(await versions(), at)
    return [definition.unit, zoneId]
  }

  beforeEach(() => registry().importDistrict(smallDistrict(), undefined, { at: MARCH }))

  it('keeps the unit and the zone that a series had', async () => {
    await registry().putSeries([series(KEY, { assetId: 'ahu-1', unit: 'W' })], { at: APRIL })
    await registry().importDistrict({ places: [], assets: [asset('ahu-1', 'b-3')], series: [] }, undefined, { at: MAY })
    expect(await told(MARCH - 1)).toEqual(['kW', 'z-1'])
    expect(await told(APRIL - 1)).toEqual(['kW', 'z-1'])
    expect(await told(APRIL)).toEqual(['W', 'z-1'])
    expect(await told(MAY)).toEqual(['W', 'z-2'])
    expect((await versions()).map((v) => [v.sinceAt, v.untilAt])).toEqual([
      [MARCH, APRIL],
      [APRIL, MAY],
      [MAY, null],
    ])
  })

  it('keeps the zone that a series had before its place moved', async () => {
    const moved = [placeOf('b-1', 'building', 'z-2', 'Customs house')]
    await registry().importDistrict({ places: moved, assets: [], series: [] }, undefined, { at: APRIL })
    expect(await told(MARCH)).toEqual(['kW', 'z-1'])
    expect(await told(APRIL)).toEqual(['kW', 'z-2'])
    expect((await registry().assetVersions('ahu-1')).map((v) => v.zoneId)).toEqual(['z-1', 'z-2'])
  })

  it('keeps what an asset was', async () => {
    await registry().importDistrict(
      { places: [], assets: [asset('ahu-1', 'b-2', { name: 'New name' })], series: [] },
      undefined,
      { at: APRIL },
    )
    const found = await registry().assetVersions('ahu-1')
    expect(found.map((v) => [v.sinceAt, v.untilAt, v.asset.placeId, v.asset.name])).toEqual([
      [MARCH, APRIL, 'b-1', 'Air handler ahu-1'],
      [APRIL, null, 'b-2', 'New name'],
    ])
    expect(await registry().assetVersions('nothing')).toEqual([])
  })

  it('makes no version of what did not change', async () => {
    await registry().importDistrict(smallDistrict(), undefined, { at: APRIL })
    await registry().importSeriesCsv(
      linesFrom(`key,unit,asset,interval_ms,valid_min,valid_max\n${KEY},kW,ahu-1,60000,-40,85.5`),
    )
    expect(await versions()).toHaveLength(1)
    expect(await registry().assetVersions('ahu-1')).toHaveLength(1)
  })

  it('takes a change that is dated before the present version as a correction of it', async () => {
    await registry().putSeries([series(KEY, { assetId: 'ahu-1', unit: 'W' })], { at: APRIL })
    await registry().putSeries([series(KEY, { assetId: 'ahu-1', unit: 'V' })], { at: MARCH })
    expect((await versions()).map((v) => [v.definition.unit, v.sinceAt])).toEqual([
      ['kW', MARCH],
      ['V', APRIL],
    ])
  })

  it('announces with a definition what was sent before, where that has changed', async () => {
    const told = async () => {
      const { items, revision } = await registry().pending('series', 1_000)
      await registry().announced('series', revision)
      return items.map((d) => [d.unit, d.sentUnit, d.sentBefore])
    }
    await told()
    await registry().putSeries([series(KEY, { assetId: 'ahu-1', unit: 'MW' })], { at: APRIL })
    const first = { untilAt: APRIL, sentUnit: '' }
    expect(await told()).toEqual([['kW', 'MW', [first]]])
    await registry().putSeries([series(KEY, { assetId: 'ahu-1', unit: 'MW', intervalMs: 5 })], { at: APRIL + 1 })
    expect(await told()).toEqual([['kW', 'MW', [first]]])
    await registry().putSeries([series(KEY, { assetId: 'ahu-1', unit: 'Cel' })], { at: MAY })
    expect(await told()).toEqual([['Cel', undefined, [{ untilAt: MAY, sentUnit: 'MW' }, first]]])
    expect((await registry().seriesByKey(KEY))?.sentBefore).toBeUndefined()
  })

  it('dates an import as it is told', async () => {
    await registry().importSeriesCsv(linesFrom(`key,unit,asset\n${KEY},W,ahu-1`), undefined, { at: APRIL })
    expect([await told(APRIL - 1), await told(APRIL)]).toEqual([
      ['kW', 'z-1'],
      ['W', 'z-1'],
    ])
  })

  it('knows of series that are registered, and of no others', async () => {
    expect([...(await registry().seriesVersions([KEY, 'demo/never/there'])).keys()]).toEqual([KEY])
  })
}
