import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../testing/folder.ts'
import { planReplay } from './plan.ts'

const plan = (files: Record<string, string | object>, options = {}) => {
  const folder = folderWith(files)
  const data = Object.keys(files).find((f) => f.startsWith('data'))!
  return planReplay(join(folder, data), { mapping: join(folder, 'mapping.json'), ...options })
}
const readings = (p: Awaited<ReturnType<typeof planReplay>>) =>
  [...p.steps()].flatMap((s) => [...s.series].map((k, i) => [p.model.series[k]!.key, s.at, s.values[i]]))

describe('a CSV file with a mapping', () => {
  it('gives one series for each column and device, with units and positions', async () => {
    const p = await plan({
      'data.csv.gz': 'when,id,temp,hum\n2026-01-01T00:00:00Z,a,21.5,40\n2026-01-01T00:10:00Z,b,-1,\n',
      'where.csv': 'sensor,x,y\na,51.5,25.3\n',
      'mapping.json': {
        source: 'town',
        assetKind: 'weather-station',
        time: { column: 'when' },
        id: 'id',
        device: 'st-',
        values: {
          columns: [
            { column: 'temp', property: 'temperature', unit: 'Cel', validMin: -40, validMax: 60 },
            { column: 'hum', property: 'humidity', unit: '%RH' },
          ],
        },
        positions: { path: 'where.csv', id: 'sensor', longitude: 'x', latitude: 'y' },
      },
    })
    const t = Date.UTC(2026, 0, 1)
    expect(readings(p)).toEqual([
      ['town/st-a/temperature', t, 21.5],
      ['town/st-a/humidity', t, 40],
      ['town/st-b/temperature', t + 600_000, -1],
    ])
    expect(p.omitted.missing).toBe(1)
    expect(p.model.series[0]).toMatchObject({ unit: 'Cel', validMin: -40, assetId: 'town:st-a', source: 'town' })
    expect(p.model.series[2]).toMatchObject({ assetId: null })
    expect(p.model.assets).toMatchObject([{ kind: 'weather-station', longitude: 51.5, latitude: 25.3, name: 'a' }])
    expect(p.model.places).toHaveLength(1)
  })

  it('takes columns as devices, a decimal comma and codes for missing', async () => {
    const p = await plan({
      'data.csv': 'Datum;Uhr;Nord;Süd\n01.02.2026;00:00;1,5;-999\n01.02.2026;00:15;2;3\n',
      'mapping.json': {
        source: 'town',
        delimiter: ';',
        decimalComma: true,
        missing: ['-999'],
        time: { column: ['Datum', 'Uhr'], format: '%d.%m.%Y %H:%M', zone: 'Europe/Berlin' },
        values: { devices: { property: 'flow', unit: '1/h' } },
      },
    })
    const t = Date.UTC(2026, 0, 31, 23)
    expect(readings(p)).toEqual([
      ['town/Nord/flow', t, 1.5],
      ['town/Nord/flow', t + 900_000, 2],
      ['town/Süd/flow', t + 900_000, 3],
    ])
  })

  it('takes one reading a line, in any order of time, the first of repeated ones, and truth values', async () => {
    const p = await plan({
      'data.csv': '2,x,door,true\n1,x,door,off\n2,x,door,false\n2,y,t,7\nno,x,t,1\n3,x,t,warm\n',
      'mapping.json': {
        source: 'town',
        header: false,
        time: { column: '1', format: 's' },
        id: '2',
        values: { long: { propertyColumn: '3', valueColumn: '4', units: { t: 'Cel' } } },
      },
    })
    expect(readings(p)).toEqual([
      ['town/x/door', 1000, 0],
      ['town/x/door', 2000, 1],
      ['town/y/t', 2000, 7],
    ])
    expect(p.omitted).toMatchObject({ repeated: 1, unreadable: 2 })
    expect(p.omitted.examples).toMatchObject([{ line: 5 }, { line: 6 }])
  })

  it('makes names that fit into topics and keys', async () => {
    const p = await plan({
      'data.csv': 't,A/1 +#\n1,2\n2,3\n',
      'mapping.json': { source: 'town', time: { column: 't', format: 's' }, values: { devices: { property: 'p/q' } } },
    })
    expect(p.model.series[0]!.key).toBe('town/A-1 -/p-q')
  })

  it('names every mistake in the mapping and every column that is not there', async () => {
    const bad = { source: 'a/b', time: {}, values: {}, colour: 1 }
    await expect(plan({ 'data.csv': 't\n', 'mapping.json': bad })).rejects.toMatchObject({ code: 'REPLAY_MAPPING' })
    await expect(plan({ 'data.csv': 't\n', 'mapping.json': bad })).rejects.toThrow(/source[\s\S]*time\.column|colour/)
    const absent = { source: 'a', time: { column: 'time' }, id: 'who', values: { devices: { property: 'p' } } }
    await expect(plan({ 'data.csv': 't,b\n1,2\n', 'mapping.json': absent })).rejects.toThrow(
      /"time", "who".*it has t, b/,
    )
  })

  it('refuses what would be empty, too fast, or two columns in one series', async () => {
    const mapping = { source: 'a', time: { column: 't', format: 's' }, values: { devices: { property: 'p' } } }
    await expect(plan({ 'data.csv': 't,b\n', 'mapping.json': mapping })).rejects.toMatchObject({ code: 'REPLAY_EMPTY' })
    const close = { 'data.csv': 't,b\n1,2\n1.5,2\n', 'mapping.json': mapping }
    await expect(plan(close, { speed: 501 })).rejects.toMatchObject({ code: 'REPLAY_TOO_FAST' })
    await expect(plan(close, { speed: 500 })).resolves.toMatchObject({ total: 2 })
    const twins = { 'data.csv': 't,b/c,b-c\n1,2,3\n', 'mapping.json': mapping }
    await expect(plan(twins)).rejects.toThrow(/the series a\/b-c\/p/)
    await expect(planReplay('/nowhere.csv')).rejects.toMatchObject({ code: 'REPLAY_FILE' })
  })
})
