import { expect, it } from 'vitest'
import { COLLIDING_KEYS, linesFrom, type RecordsPlace, series, smallDistrict } from './fixture.ts'

export function importContract(place: RecordsPlace): void {
  const registry = () => place.records.registry
  const importText = (text: string) => registry().importSeriesCsv(linesFrom(text))

  it('takes every column', async () => {
    await registry().importDistrict(smallDistrict())
    const report = await importText(
      [
        'key,unit,asset,interval_ms,valid_min,valid_max,status,personal,historical',
        'demo/ahu-1/co2,ppm,ahu-1,30000,350,5e3,provisioned,true,1',
        '"demo/ahu-2/name, ""quoted""",,,,,,,,',
      ].join('\n'),
    )
    expect(report).toEqual({ accepted: 2, refused: [], refusedMore: 0 })
    expect(await registry().seriesByKey('demo/ahu-1/co2')).toEqual(
      series('demo/ahu-1/co2', {
        unit: 'ppm',
        assetId: 'ahu-1',
        intervalMs: 30_000,
        validMin: 350,
        validMax: 5000,
        status: 'provisioned',
        personal: true,
        historical: true,
      }),
    )
    expect(await registry().seriesByKey('demo/ahu-2/name, "quoted"')).toMatchObject({ unit: '', assetId: null })
  })

  it('reads keys in parts, semicolons, a byte order mark and empty lines', async () => {
    const report = await importText('\uFEFFsource;device;property;unit\ndemo;a/b;t;Cel\n\ndemo;c;t;Cel')
    expect(report.accepted).toBe(2)
    expect(await registry().seriesByKey('demo/a/b/t')).toBeDefined()
  })

  it('names every line that it refuses, and why', async () => {
    await registry().importDistrict(smallDistrict())
    const wrong = [
      'key,unit,asset,interval_ms,valid_min,valid_max,status,personal',
      'demo/a/t,Cel,,,,,,',
      'demo/a/t,K,,,,,,',
      'no-key,Cel,,,,,,',
      'demo/b/t,Cel,ghost,,,,,',
      'demo/c/t,Cel,,soon,,,,',
      'demo/d/t,Cel,,-1,,,,',
      'demo/e/t,Cel,,,9,1,,',
      'demo/f/t,Cel,,,,,sleeping,',
      'demo/g/t,Cel,,,,,,maybe',
      'demo/h/t,Cel',
      '"demo/i/t,Cel,,,,,,',
      'demo/j/t,Cel,ahu-1,,,,,',
    ]
    const report = await importText(wrong.join('\n'))
    expect(report.accepted).toBe(2)
    expect(report.refused.map((r) => r.line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const reasons = [
      'duplicate of line 2',
      'source/device/property',
      'ghost',
      'soon',
      'intervalMs',
      'validMin',
      'status',
    ]
    reasons.push('maybe', '2 fields, the header has 8', 'not closed')
    for (const [i, reason] of reasons.entries()) expect(report.refused[i]?.reason).toContain(reason)
    expect((await registry().seriesByKey('demo/a/t'))?.unit).toBe('Cel')
  })

  it('refuses the second of two keys with one id, in one file and in two', async () => {
    const [first, second] = COLLIDING_KEYS
    const report = await importText(`key\n${first}\n${second}`)
    expect(report.refused).toEqual([{ line: 3, reason: expect.stringContaining('collision') }])
    const later = await importText(`key\n${second}`)
    expect(later.refused).toEqual([{ line: 2, reason: expect.stringContaining('collision') }])
  })

  it.each([
    ['', 'header'],
    ['unit,asset\nCel,x', 'key'],
    ['key,colour\ndemo/a/t,red', 'colour'],
    ['key,unit,key\ndemo/a/t,Cel,x', 'twice'],
  ])('refuses a file whose header makes no sense: %j', async (text, reason) => {
    const report = await importText(text)
    expect(report).toMatchObject({ accepted: 0, refused: [{ line: 1, reason: expect.stringContaining(reason) }] })
    expect(await registry().counts()).toMatchObject({ series: 0 })
  })

  it('makes assets and places only where a line says what they are', async () => {
    const report = await importText(
      [
        'key,asset,asset_kind,asset_name,place,place_kind,place_name,place_parent,longitude,latitude,criticality',
        'la/d-1/speed,d-1,traffic-detector,Detector 1,la,zone,Los Angeles,,-118.2,34.1,2',
        'la/d-1/flow,d-1,,,,,,,,,',
        'la/d-2/speed,d-2,,,,,,,,,',
        'la/d-3/speed,d-3,traffic-detector,,nowhere,,,,-118.2,34.1,',
        'la/d-4/speed,d-4,traffic-detector,,la,,,,,,',
        'la/d-5/speed,d-5,traffic-detector,,s-5,street,,atlantis,-118.2,34.1,',
        'la/d-6/speed,d-6,traffic-detector,,s-6,street,Sixth,la,-118.25,34.05,9',
        'la/d-6/speed,d-6,traffic-detector,,s-6,street,Sixth,la,-118.25,34.05,3',
      ].join('\n'),
    )
    expect(report.refused.map((r) => r.line)).toEqual([4, 5, 6, 7, 8, 9])
    expect(report.refused.map((r) => r.reason)[4]).toContain('criticality')
    expect(await registry().asset('d-1')).toMatchObject({ name: 'Detector 1', placeId: 'la', criticality: 2 })
    expect(await registry().zoneOf('d-1')).toBe('la')
    expect(await registry().series({ text: 'angeles' })).toHaveLength(2)
    expect((await registry().places()).map((p) => p.id)).toEqual(['la'])
  })

  it('tells beforehand what an import would do, and does nothing of it', async () => {
    await registry().importDistrict(smallDistrict())
    const before = await registry().pending('series', 99)
    const text = [
      'key,unit,asset,asset_kind,asset_name,place,longitude,latitude',
      'demo/ahu-1/power,kW,ahu-1,,,,,',
      'demo/ahu-9/flow,m3/h,ahu-9,pump,Pump nine,b-3,51.5,25.3',
      'not a key,,,,,,,',
      ',,ahu-1,air-handler,Another name,b-3,51.5,25.3',
    ].join('\n')
    const preview = await registry().previewImport({ csv: linesFrom(text) })
    const report = { accepted: 3, refused: [{ line: 4, reason: expect.stringContaining('source/device') }] }
    expect(preview).toMatchObject({
      ...report,
      refusedMore: 0,
      added: { places: 0, assets: 1, series: 1 },
      changed: { places: 0, assets: 1, series: 1 },
    })
    expect(preview.changes.map((c) => [c.kind, c.id, c.change])).toEqual([
      ['asset', 'ahu-9', 'added'],
      ['asset', 'ahu-1', 'changed'],
      ['series', 'demo/ahu-1/power', 'changed'],
      ['series', 'demo/ahu-9/flow', 'added'],
    ])
    const name = { name: 'name', before: smallDistrict().assets[0]?.name, after: 'Another name' }
    expect(preview.changes[1]?.fields).toContainEqual(name)
    expect(await registry().asset('ahu-9')).toBeUndefined()
    expect(await registry().series({ text: 'nine' })).toEqual([])
    expect(await registry().asset('ahu-1')).toEqual(smallDistrict().assets[0])
    expect(await registry().pending('series', 99)).toEqual(before)
    expect(await importText(text)).toMatchObject(report)
    const again = await registry().previewImport({ csv: linesFrom(text) })
    expect([again.added, again.changed]).toEqual(Array(2).fill({ places: 0, assets: 0, series: 0 }))
  })

  it('leaves an asset that exists as it is, and replaces a series that exists', async () => {
    await registry().importDistrict(smallDistrict())
    const header = 'key,unit,asset,asset_kind,asset_name,place,longitude,latitude'
    await importText(`${header}\ndemo/ahu-1/power,MW,ahu-1,toaster,New name,b-3,0,0`)
    expect(await registry().asset('ahu-1')).toEqual(smallDistrict().assets[0])
    expect(await registry().seriesByKey('demo/ahu-1/power')).toMatchObject({
      unit: 'kW',
      sentUnit: 'MW',
      intervalMs: 0,
    })
    expect(await registry().counts()).toMatchObject({ series: 6 })
  })

  it('brings units and bounds to canonical ones and keeps the unit that was declared', async () => {
    const text = 'key,unit,valid_min,valid_max\ndemo/a/t,[degF],32,212\ndemo/a/p,psi,0,100\ndemo/a/n,people,0,9'
    await importText(text)
    await importText(text)
    const found = await registry().series({})
    expect(found.map((s) => [s.unit, s.sentUnit, s.validMin, s.validMax])).toEqual([
      ['Cel', '[degF]', 0, 100],
      ['kPa', 'psi', 0, 689.47572931684],
      ['people', undefined, 0, 9],
    ])
    expect((await registry().seriesVersions(['demo/a/t'])).get('demo/a/t')).toHaveLength(1)
    expect((await registry().pending('series', 9)).items).toEqual(found)
  })

  it('keeps a learnt interval until one is declared', async () => {
    await importText('key,unit\ndemo/a/t,Cel')
    expect(await registry().learnIntervals(new Map([['demo/a/t', 60_000]]))).toBe(1)
    expect(await registry().learnIntervals(new Map([['demo/a/t', 60_000]]))).toBe(0)
    expect((await registry().pending('series', 9)).items).toMatchObject([{ intervalMs: 0, learntIntervalMs: 60_000 }])
    await importText('key,unit\ndemo/a/t,Cel')
    expect(await registry().seriesByKey('demo/a/t')).toMatchObject({ intervalMs: 0, learntIntervalMs: 60_000 })
    expect((await registry().seriesVersions(['demo/a/t'])).get('demo/a/t')).toHaveLength(1)
    await importText('key,unit,interval_ms\ndemo/a/t,Cel,5000')
    expect(await registry().seriesByKey('demo/a/t')).not.toHaveProperty('learntIntervalMs')
    expect(
      await registry().learnIntervals(
        new Map([
          ['demo/a/t', 60_000],
          ['demo/no/body', 1],
        ]),
      ),
    ).toBe(0)
    expect(await registry().seriesByKey('demo/a/t')).toMatchObject({ intervalMs: 5000 })
  })

  it('counts the refused lines that it does not list', async () => {
    const report = await importText(`key\n${Array.from({ length: 1500 }, (_, n) => `broken-${n}`).join('\n')}`)
    expect(report.refused).toHaveLength(1000)
    expect(report.refusedMore).toBe(500)
  })

  it('takes more lines than fit into one transaction, and tells how far it is', async () => {
    const lines = Array.from({ length: 11_000 }, (_, n) => `demo/s-${n}/t,Cel`)
    const told: number[] = []
    const report = await registry().importSeriesCsv(linesFrom(['key,unit', ...lines].join('\n')), (rows) =>
      told.push(rows),
    )
    expect(report.accepted).toBe(11_000)
    expect(told.at(-1)).toBe(11_000)
    expect(told.length).toBeGreaterThan(1)
    const tail = await registry().series({ after: 'demo/s-10997/t' })
    expect(tail.map((s) => s.key)).toEqual(['demo/s-10998/t', 'demo/s-10999/t'])
  })
}
