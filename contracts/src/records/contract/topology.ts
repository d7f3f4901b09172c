import { beforeEach, expect, it } from 'vitest'
import type { SeriesQuery } from '../port.ts'
import { asset, linesFrom, place as placeOf, type RecordsPlace, series } from './fixture.ts'

const importText = (place: RecordsPlace, text: string) => place.records.registry.importSeriesCsv(linesFrom(text))

export function topologyContract(place: RecordsPlace): void {
  const registry = () => place.records.registry
  const under = async (id: string, more: SeriesQuery = {}) =>
    (await registry().series({ under: id, ...more })).map((s) => s.key)

  beforeEach(() =>
    registry().importDistrict({
      places: [placeOf('z', 'zone', null), placeOf('z-2', 'zone', null)],
      assets: [
        asset('meter-1', 'z', { kind: 'meter', parentId: 'switch-1' }),
        asset('switch-1', 'z', { kind: 'switch', parentId: 'feeder' }),
        asset('feeder', 'z', { kind: 'feeder' }),
        asset('switch-2', 'z-2', { kind: 'switch', parentId: 'feeder' }),
        asset('meter-2', 'z-2', { kind: 'meter', parentId: 'switch-2' }),
      ],
      series: [
        series('demo/feeder/current', { assetId: 'feeder' }),
        series('demo/meter-1/power', { assetId: 'meter-1' }),
        series('demo/meter-2/power', { assetId: 'meter-2' }),
        series('demo/meter-2/energy', { assetId: 'meter-2' }),
      ],
    }),
  )

  it('tells what hangs on a feeder, a switch and a device', async () => {
    expect(await under('feeder')).toHaveLength(4)
    expect(await under('switch-1')).toEqual(['demo/meter-1/power'])
    expect(await under('switch-2', { property: 'energy' })).toEqual(['demo/meter-2/energy'])
    expect(await under('feeder', { text: 'power', zoneId: 'z-2' })).toEqual(['demo/meter-2/power'])
    expect(await under('meter-1')).toEqual(['demo/meter-1/power'])
    expect(await under('nothing')).toEqual([])
  })

  it('moves along with a switch that is connected elsewhere', async () => {
    await registry().importDistrict({
      places: [],
      assets: [asset('feeder-2', 'z', { kind: 'feeder' }), asset('switch-2', 'z-2', { parentId: 'feeder-2' })],
      series: [],
    })
    expect(await under('feeder')).toEqual(['demo/feeder/current', 'demo/meter-1/power'])
    expect(await under('feeder-2')).toEqual(['demo/meter-2/power', 'demo/meter-2/energy'])
  })

  it('is imported from lines about things that send nothing themselves, which later lines replace', async () => {
    const header = 'key,asset,asset_kind,asset_parent,place,place_kind,longitude,latitude'
    const report = await importText(
      place,
      [
        header,
        ',,,,q,zone,51.5,25.3',
        ',gw-1,gateway,,q,,51.5,25.3',
        ',ctl-1,controller,gw-1,q,,51.5,25.3',
        'demo/lamp-1/power,lamp-1,luminaire,ctl-1,q,,51.5,25.3',
        ',gw-2,gateway,,q,,51.5,25.3',
        ',ctl-1,controller,gw-2,q,,51.6,25.3',
        ',gw-2,gateway,ctl-1,q,,51.5,25.3',
        ',gw-3,gateway,nobody,q,,51.5,25.3',
        ',gw-4,gateway,gw-4,q,,51.5,25.3',
      ].join('\n'),
    )
    expect(report.accepted).toBe(6)
    expect(report.refused.map((r) => [r.line, r.reason])).toEqual([
      [8, 'asset_parent: gw-2 hangs on itself'],
      [9, 'asset_parent: nobody is unknown'],
      [10, 'asset_parent: gw-4 hangs on itself'],
    ])
    expect(await registry().asset('ctl-1')).toMatchObject({ parentId: 'gw-2', longitude: 51.6 })
    expect(await under('gw-2')).toEqual(['demo/lamp-1/power'])
    expect(await under('gw-1')).toEqual([])
  })

  it('refuses a ring over two files', async () => {
    const lines = ['asset,asset_kind,asset_parent,place,longitude,latitude', 'feeder,feeder,meter-1,z,51.5,25.3']
    const report = await importText(place, lines.join('\n'))
    expect(report.refused).toEqual([{ line: 2, reason: 'asset_parent: feeder hangs on itself' }])
  })
}
