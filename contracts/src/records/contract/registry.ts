import { beforeEach, describe, expect, it } from 'vitest'
import { seriesIdOf, seriesIdText } from '../../series/id.ts'
import type { SeriesQuery } from '../port.ts'
import { asset, COLLIDING_KEYS, place as placeOf, type RecordsPlace, series, smallDistrict } from './fixture.ts'

const idOf = (key: string) => seriesIdText(seriesIdOf(key))

export function registryContract(place: RecordsPlace): void {
  const registry = () => place.records.registry
  const keys = async (query: SeriesQuery) => (await registry().series(query)).map((s) => s.key)

  describe('a district', () => {
    beforeEach(() => registry().importDistrict(smallDistrict()))

    it('comes back as it was given', async () => {
      const { places, assets, series: all } = smallDistrict()
      expect(await registry().places()).toEqual(places.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      expect(await registry().assets()).toEqual(assets)
      expect(await registry().series({})).toEqual(all)
      expect(await registry().asset('meter-3')).toEqual(assets[2])
      expect(await registry().asset('nothing')).toBeUndefined()
      expect(await registry().counts()).toEqual({ places: 6, assets: 3, series: 6, quarantined: 0 })
    })

    it('can be imported again without a change', async () => {
      const before = await registry().pending('series', 100)
      await registry().importDistrict(smallDistrict())
      expect(await registry().pending('series', 100)).toEqual(before)
      expect(await registry().counts()).toMatchObject({ places: 6, assets: 3, series: 6 })
    })

    it('finds a series by its key', async () => {
      expect(await registry().seriesByKey('demo/ahu-1/power')).toMatchObject({ unit: 'kW', assetId: 'ahu-1' })
      expect(await registry().seriesByKey('demo/ahu-1/nothing')).toBeUndefined()
      const some = await registry().seriesByKeys(['demo/ahu-1/power', 'x/y/z'])
      expect([...some.keys()]).toEqual(['demo/ahu-1/power'])
    })

    it.each<[SeriesQuery, string[]]>([
      [{ zoneId: 'z-2' }, ['demo/meter-3/power', 'demo/meter-3/energy']],
      [{ placeId: 'b-2' }, ['demo/ahu-2/supply-temperature', 'demo/ahu-2/power']],
      [{ assetId: 'ahu-1' }, ['demo/ahu-1/supply-temperature', 'demo/ahu-1/power']],
      [{ assetKind: 'meter' }, ['demo/meter-3/power', 'demo/meter-3/energy']],
      [{ property: 'power' }, ['demo/ahu-1/power', 'demo/ahu-2/power', 'demo/meter-3/power']],
      [{ property: 'power', zoneId: 'z-1' }, ['demo/ahu-1/power', 'demo/ahu-2/power']],
      [{ assetId: 'ahu-1', property: 'power' }, ['demo/ahu-1/power']],
      [{ status: 'quarantined' }, []],
      [{ text: 'crane' }, ['demo/ahu-2/supply-temperature', 'demo/ahu-2/power']],
      [{ text: 'CUST temp' }, ['demo/ahu-1/supply-temperature']],
      [{ text: 'ahu-2/supply' }, ['demo/ahu-2/supply-temperature']],
      [{ text: 'zurich' }, ['demo/meter-3/power', 'demo/meter-3/energy']],
      [{ text: 'emperat' }, ['demo/ahu-1/supply-temperature', 'demo/ahu-2/supply-temperature']],
      [{ text: 'pply-temp', zoneId: 'z-1' }, ['demo/ahu-1/supply-temperature', 'demo/ahu-2/supply-temperature']],
      [{ text: 'er er' }, []],
      [{ text: 'owe ust' }, ['demo/ahu-1/power']],
      [{ text: idOf('demo/ahu-2/power') }, ['demo/ahu-2/power']],
      [{ text: idOf('demo/ahu-2/power').toUpperCase(), zoneId: 'z-2' }, []],
      [{ text: idOf('demo/never/there') }, []],
      [{ text: 'مناولة', property: 'power' }, ['demo/ahu-1/power', 'demo/ahu-2/power']],
      [{ text: 'ahu', zoneId: 'z-2' }, []],
      [{ text: '" OR text:* NOT (' }, []],
      [{ text: '   ', property: 'energy' }, ['demo/meter-3/energy']],
    ])('answers %o', async (query, expected) => {
      expect(await keys(query)).toEqual(expected)
    })

    it.each<SeriesQuery>([{}, { text: 'demo' }, { assetId: 'ahu-1' }, { property: 'power' }])(
      'gives %o page by page, each series once',
      async (query) => {
        const paged: string[] = []
        for (let after: string | undefined; ; ) {
          const page = await keys({ ...query, limit: 1, after })
          after = page[0]
          if (after === undefined) break
          paged.push(after)
        }
        expect(paged).toEqual(await keys(query))
      },
    )

    it('says so when a page is asked for after a series that is not there', async () => {
      await expect(keys({ after: 'demo/gone/x' })).rejects.toMatchObject({ code: 'RECORDS_INVALID' })
    })

    it('lists assets by zone, place and kind, page by page', async () => {
      const ids = async (query: object) => (await registry().assets(query)).map((a) => a.id)
      expect(await ids({ zoneId: 'z-1' })).toEqual(['ahu-1', 'ahu-2'])
      expect(await ids({ placeId: 'b-3' })).toEqual(['meter-3'])
      expect(await ids({ kind: 'air-handler', limit: 1 })).toEqual(['ahu-1'])
      expect(await ids({ kind: 'air-handler', limit: 1, after: 'ahu-1' })).toEqual(['ahu-2'])
    })

    it('knows the zone of an asset', async () => {
      expect(await registry().zoneOf('ahu-2')).toBe('z-1')
      expect(await registry().zoneOf('nothing')).toBeUndefined()
    })

    it('takes assets and series along when their place moves to another zone or gets a new name', async () => {
      await registry().importDistrict({
        places: [placeOf('b-2', 'building', 'z-2', 'Old pump room')],
        assets: [],
        series: [],
      })
      expect(await registry().zoneOf('ahu-2')).toBe('z-2')
      expect(await keys({ zoneId: 'z-2', property: 'power' })).toEqual(['demo/ahu-2/power', 'demo/meter-3/power'])
      expect(await keys({ text: 'pump power' })).toEqual(['demo/ahu-2/power'])
      expect(await keys({ text: 'crane' })).toEqual([])
    })

    it('takes series along when their asset moves or changes its kind', async () => {
      const moved = asset('ahu-1', 'b-3', { kind: 'chiller', name: 'Chiller' })
      await registry().importDistrict({ places: [], assets: [moved], series: [] })
      expect(await keys({ assetKind: 'chiller', zoneId: 'z-2', property: 'power' })).toEqual(['demo/ahu-1/power'])
      expect(await keys({ text: 'handler', property: 'power' })).toEqual(['demo/ahu-2/power'])
    })

    it("reaches as far as the district's own shape", async () => {
      expect(await registry().extent()).toEqual(smallDistrict().places[0]!.geometry)
    })
  })

  it('reaches around everything that was placed when there is no district', async () => {
    expect(await registry().extent()).toBeUndefined()
    await registry().importDistrict({
      places: [placeOf('z', 'zone', null)],
      assets: [asset('far', 'z', { longitude: 51.6, latitude: 24.9 })],
      series: [],
    })
    const corners = [
      [51.5, 24.9],
      [51.6, 24.9],
      [51.6, 25.01],
      [51.5, 25.01],
      [51.5, 24.9],
    ]
    expect(await registry().extent()).toEqual({ type: 'Polygon', coordinates: [corners] })
  })

  it('writes nothing of a district with mistakes, and names them all', async () => {
    const model = smallDistrict()
    const broken = {
      places: [...model.places, placeOf('lost', 'building', 'nowhere'), placeOf('self', 'zone', 'self')],
      assets: [...model.assets, asset('ahu-1', 'b-1'), asset('ahu-9', 'b-9', { parentId: 'ahu-8' })],
      series: [...model.series, series('demo/x/y', { assetId: 'ahu-7' }), series('demo/x/z', { id: '0'.repeat(16) })],
    }
    const refused = registry().importDistrict(broken)
    await expect(refused).rejects.toMatchObject({ code: 'RECORDS_INVALID' })
    await expect(refused).rejects.toThrow(/nowhere.*lies in itself.*b-9.*ahu-8.*ahu-7.*not the hash/s)
    expect(await registry().counts()).toMatchObject({ places: 0, assets: 0, series: 0 })
  })

  it('keeps the good series of a list and says what is wrong with the others', async () => {
    const refused = await registry().putSeries([
      series('demo/a/t'),
      series('demo/b/t', { assetId: 'nobody' }),
      series('demo/c/t', { source: 'other' }),
      series('demo/d/t', { validMin: 2, validMax: 1 }),
    ])
    expect(refused.map((r) => r.key).sort()).toEqual(['demo/b/t', 'demo/c/t', 'demo/d/t'])
    expect(await keys({})).toEqual(['demo/a/t'])
  })

  it('refuses a series whose id belongs to another key', async () => {
    const [first, second] = COLLIDING_KEYS.map((key) => series(key))
    expect(first!.id).toBe(second!.id)
    expect(await registry().putSeries([first!])).toEqual([])
    expect(await registry().putSeries([second!])).toEqual([
      { key: second!.key, reason: expect.stringContaining('collision') },
    ])
    expect(await keys({})).toEqual([first!.key])
    expect(await registry().seriesByKey(second!.key)).toBeUndefined()
  })

  it('finds a series under its new status and no longer under the old', async () => {
    await registry().putSeries([series('demo/a/t', { status: 'quarantined' })])
    expect(await registry().counts()).toMatchObject({ quarantined: 1 })
    await registry().putSeries([series('demo/a/t', { status: 'active' })])
    expect(await keys({ status: 'quarantined' })).toEqual([])
    expect(await keys({ status: 'active' })).toEqual(['demo/a/t'])
    expect(await registry().counts()).toMatchObject({ quarantined: 0 })
  })

  it('remembers what the log must be told until it was', async () => {
    await registry().importDistrict(smallDistrict())
    const first = await registry().pending('series', 4)
    expect(first.items).toHaveLength(4)
    await registry().announced('series', first.revision)
    const rest = await registry().pending('series', 4)
    expect(rest.items).toHaveLength(2)
    await registry().announced('series', rest.revision)
    await registry().putSeries([series('demo/ahu-1/power', { assetId: 'ahu-1', unit: 'W' })])
    await registry().putSeries([series('demo/seen/in-log')], { fromLog: true })
    expect((await registry().pending('series', 10)).items.map((s) => s.key)).toEqual(['demo/ahu-1/power'])
    expect((await registry().pending('places', 10)).items).toHaveLength(6)
    expect((await registry().pending('assets', 10)).items).toHaveLength(3)
  })
}
