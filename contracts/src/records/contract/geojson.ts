import { expect, it } from 'vitest'
import { type RecordsPlace, smallDistrict } from './fixture.ts'

const square = (west: number, south: number, side: number) => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [west + side, south],
      [west + side, south + side],
      [west, south + side],
      [west, south],
    ],
  ],
})
const point = (x: number, y: number) => ({ type: 'Point', coordinates: [x, y] })
const feature = (id: unknown, geometry: unknown, properties: unknown) => ({ type: 'Feature', id, geometry, properties })
const collection = (...features: unknown[]) => JSON.stringify({ type: 'FeatureCollection', features })

export function geoJsonContract(place: RecordsPlace): void {
  const registry = () => place.records.registry
  const importAll = (...features: unknown[]) => registry().importGeoJson(collection(...features))

  it('puts polygons and points where they lie, in any order', async () => {
    const told: number[] = []
    const report = await registry().importGeoJson(
      collection(
        feature('pump-1', point(51.55, 25.35), { kind: 'pump', name: 'Pump 1', parentId: 'ctl-1', owner: 'somebody' }),
        feature('tank', square(51.51, 25.31, 0.02), { kind: 'tank', level: 2, criticality: 4 }),
        feature('hall', square(51.54, 25.34, 0.02), { kind: 'building', name: 'Pump hall' }),
        feature('ctl-1', point(51.55, 25.35), { kind: 'controller', nameAr: 'وحدة تحكم' }),
        feature(7, square(51.5, 25.3, 0.1), { kind: 'zone', name: 'Harbour' }),
        feature('district', square(51, 25, 1), { kind: 'district' }),
      ),
      (features) => told.push(features),
    )
    expect(report).toEqual({ accepted: 6, refused: [], refusedMore: 0 })
    expect(told.at(-1)).toBe(6)
    const places = await registry().places()
    expect(places.map((p) => [p.id, p.parentId, p.name])).toEqual([
      ['7', 'district', 'Harbour'],
      ['district', null, 'district'],
      ['hall', '7', 'Pump hall'],
    ])
    expect(await registry().asset('pump-1')).toMatchObject({ placeId: 'hall', parentId: 'ctl-1', longitude: 51.55 })
    const tank = await registry().asset('tank')
    expect(tank).toMatchObject({ kind: 'tank', placeId: '7', level: 2, criticality: 4, parentId: null })
    expect([tank?.longitude, tank?.latitude].map((x) => x?.toFixed(6))).toEqual(['51.520000', '25.320000'])
    expect(await registry().zoneOf('pump-1')).toBe('7')
  })

  it('tells beforehand what it would do', async () => {
    const text = collection(
      feature('z', square(51, 25, 1), { kind: 'zone' }),
      feature('good', point(51.5, 25.5), { kind: 'pump', source: 'plant', series: [{ property: 'flow' }] }),
      feature('far', point(10, 10), { kind: 'pump' }),
    )
    expect(await registry().previewImport({ geoJson: text })).toMatchObject({
      accepted: 2,
      refused: [{ line: 3 }],
      added: { places: 1, assets: 1, series: 1 },
      changed: { places: 0, assets: 0, series: 0 },
    })
    expect(await registry().counts()).toMatchObject({ places: 0, assets: 0, series: 0 })
  })

  it('takes the good features and says of each other one why not', async () => {
    const report = await importAll(
      feature('z', square(51, 25, 1), { kind: 'zone' }),
      feature('good', point(51.5, 25.5), { kind: 'pump' }),
      feature('good', point(51.5, 25.5), { kind: 'pump' }),
      feature('far', point(10, 10), { kind: 'pump' }),
      feature('lost', point(51.5, 25.5), { kind: 'pump', placeId: 'nowhere' }),
      feature('orphan', point(51.5, 25.5), { kind: 'pump', parentId: 'lost' }),
      feature('grandchild', point(51.5, 25.5), { kind: 'pump', parentId: 'orphan' }),
      feature('ring', point(51.5, 25.5), { kind: 'pump', parentId: 'ring' }),
      feature('flat', { type: 'Polygon', coordinates: [[[1, 2]]] }, { kind: 'pump' }),
      feature('nothing', point(51.5, 25.5), {}),
      feature(undefined, point(51.5, 25.5), { kind: 'pump' }),
      feature('high', point(51.5, 25.5), { kind: 'pump', criticality: 9 }),
      feature('room', square(51.5, 25.5, 0.1), { kind: 'building', parentId: 'atlantis' }),
      'no feature',
      null,
    )
    expect(report.accepted).toBe(2)
    const reasons = report.refused.map((r) => [r.line, r.reason])
    expect(reasons.map(([line]) => line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    const expected = [
      'good: occurs twice',
      'no place lies around it',
      'its place nowhere is unknown',
      'its parent lost is unknown',
      'its parent orphan is unknown',
      'hangs on itself',
      'geometry',
      'kind',
      'id: is missing',
      'high: criticality',
      'its parent atlantis is unknown',
      'is no feature',
      'is no feature',
    ]
    for (const [i, words] of expected.entries()) expect(reasons[i]?.[1]).toContain(words)
    expect(await registry().counts()).toMatchObject({ places: 1, assets: 1 })
  })

  it('takes series of an asset, under its own name where they say no other', async () => {
    const series = [
      { property: 'flow', unit: 'm3/h', intervalMs: 60_000, validMin: 0 },
      { key: 'scada/p/1/pressure', unit: 'bar', validMax: 6 },
      { property: 'speed', validMin: 2, validMax: 1 },
      { colour: 'red' },
    ]
    const report = await importAll(
      feature('z', square(51, 25, 1), { kind: 'zone' }),
      feature('pump-1', point(51.5, 25.5), { kind: 'pump', source: 'plant', series }),
    )
    expect(report.accepted).toBe(2)
    expect(report.refused.map((r) => r.line)).toEqual([2, 2])
    expect(report.refused[0]?.reason).toContain('pump-1: series 3')
    const found = await registry().series({ zoneId: 'z' })
    expect(found.map((s) => [s.key, s.unit, s.assetId])).toEqual([
      ['plant/pump-1/flow', 'm3/h', 'pump-1'],
      ['scada/p/1/pressure', 'kPa', 'pump-1'],
    ])
  })

  it('replaces what is there, and keeps what it was', async () => {
    await registry().importDistrict(smallDistrict(), undefined, { at: 1000 })
    const properties = { type: 'asset', kind: 'meter', placeId: 'b-1', name: 'Main meter' }
    await registry().importGeoJson(collection(feature('asset:meter-3', point(51.5, 25), properties)), undefined, {
      at: 2000,
    })
    expect(await registry().zoneOf('meter-3')).toBe('z-1')
    const versions = (await registry().seriesVersions(['demo/meter-3/power'])).get('demo/meter-3/power')
    expect(versions?.map((v) => [v.sinceAt, v.zoneId])).toEqual([
      [1000, 'z-2'],
      [2000, 'z-1'],
    ])
  })

  it.each([
    ['{"type": "Feature', 'is no JSON'],
    ['[]', 'is no GeoJSON FeatureCollection'],
    ['null', 'is no GeoJSON FeatureCollection'],
  ])('refuses a file that is no GeoJSON: %s', async (text, reason) => {
    const report = await registry().importGeoJson(text)
    expect(report).toMatchObject({ accepted: 0, refused: [{ line: 1, reason: expect.stringContaining(reason) }] })
  })
}
