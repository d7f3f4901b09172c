import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../testing/folder.ts'
import { planReplay } from '../plan.ts'

const head = { profile: 'backtest/1', name: 'gates', title: 'People at gates', kind: 'crowd', protocols: [] }
const floats = (numbers: readonly number[]) => Buffer.from(Float32Array.from(numbers).buffer)
const series = async (folder: string, options = {}) => {
  const p = await planReplay(folder, options)
  const out: Record<string, [number, number][]> = Object.fromEntries(p.model.series.map((s) => [s.key, []]))
  for (const step of p.steps()) {
    for (const [i, k] of step.series.entries()) out[p.model.series[k]!.key]!.push([step.at, step.values[i]!])
  }
  return { p, out }
}

describe('a folder with a backtest.json', () => {
  it('gives a matrix of days, where nights and weekends have no rows, at its true places', async () => {
    const folder = folderWith({
      'in.csv.gz': '1,2\n3,-1\n5,6\n7,8\n',
      'gates.csv': 'gate,lat,lon\nnorth,25.1,51.1\nsouth,25.2,51.2\n',
      'backtest.json': {
        ...head,
        time: {
          grid: 'days',
          start: '2026-01-02T06:00:00',
          stepSeconds: 900,
          slotsPerDay: 2,
          weekdays: [1, 5],
          zone: 'Asia/Qatar',
        },
        resources: [
          {
            ...{ name: 'in', role: 'values', path: 'in.csv.gz', compression: 'gz', layout: 'matrix', format: 'csv' },
            ...{ dialect: { delimiter: ',', header: false }, axes: ['time', 'series'], shape: [4, 2] },
            ...{ quantity: 'entries', unit: 'people/step', missingValues: ['-1'] },
          },
          {
            ...{ name: 'gates', role: 'positions', path: 'gates.csv', layout: 'table', format: 'csv' },
            dialect: { delimiter: ',', header: true },
            schema: {
              fields: [
                { name: 'gate', role: 'series' },
                { name: 'lat', role: 'latitude' },
                { name: 'lon', role: 'longitude' },
              ],
            },
          },
        ],
      },
    })
    const { p, out } = await series(folder)
    const [friday, monday] = [Date.UTC(2026, 0, 2, 3), Date.UTC(2026, 0, 5, 3)]
    expect(out['gates/north/entries']).toEqual([
      [friday, 1],
      [friday + 900_000, 3],
      [monday, 5],
      [monday + 900_000, 7],
    ])
    expect(out['gates/south/entries']?.map(([, v]) => v)).toEqual([2, 6, 8])
    expect(p.model.assets).toMatchObject([
      { kind: 'people-counter', name: 'north', longitude: 51.1, latitude: 25.1 },
      { name: 'south', longitude: 51.2, latitude: 25.2 },
    ])
    expect(p).toMatchObject({ total: 7, stepCount: 4, omitted: { missing: 1 } })
  })

  it('reads floats with the series in rows, one file a set', async () => {
    const resource = {
      name: 'v',
      role: 'values',
      path: '{set}.f32.gz',
      layout: 'matrix',
      format: 'f32le',
      axes: ['series', 'time'],
    }
    const time = { grid: 'rows', stepSeconds: 0.5, zone: 'unknown' }
    const sets = [
      { name: 'a', time, shape: [2, 3] },
      { name: 'b', time, shape: [1, 2] },
    ]
    const folder = folderWith({
      'a.f32.gz': floats([1, 2, 3, 4, 5, 6]),
      'b.f32.gz': floats([0.1, 9]),
      'backtest.json': { ...head, kind: 'series', sets, resources: [resource] },
    })
    expect((await series(folder)).out).toEqual({
      'gates/1/v': [
        [0, 1],
        [500, 2],
        [1000, 3],
      ],
      'gates/2/v': [
        [0, 4],
        [500, 5],
        [1000, 6],
      ],
    })
    expect((await series(folder, { set: 'b' })).out).toEqual({
      'gates/1/v': [
        [0, Math.fround(0.1)],
        [500, 9],
      ],
    })
    await expect(planReplay(folder, { set: 'c' })).rejects.toThrow(/no set "c"; it has a, b/)
  })

  it('reads a table with a field that names the series, and keeps one offset on a clock without summer time', async () => {
    const folder = folderWith({
      'c.csv': '7,03/29/26,01:30:00,5\n9,03/29/26,01:30:00,6\n7,03/29/26,02:30:00,8\n7,03/29/26,02:30:00,99\n',
      'backtest.json': {
        ...head,
        time: { grid: 'clock', stepSeconds: 3600, zone: 'Europe/Berlin', absentRows: 'missing' },
        resources: [
          {
            ...{ name: 'counts', role: 'values', path: 'c.csv', layout: 'table', format: 'csv' },
            dialect: { delimiter: ',', header: false },
            schema: {
              fields: [
                {
                  name: 'flow',
                  role: 'series',
                  categories: [
                    { value: 7, label: 'out' },
                    { value: 9, label: 'in' },
                  ],
                },
                { name: 'date', role: 'date', format: '%m/%d/%y' },
                { name: 'time', role: 'clock', format: '%H:%M:%S' },
                { name: 'count', role: 'value', quantity: 'passers-by', unit: 'people/30 min' },
              ],
            },
          },
        ],
      },
    })
    const { p, out } = await series(folder)
    const t = Date.UTC(2026, 2, 29, 0, 30)
    expect(out).toEqual({
      'gates/out/passers-by': [
        [t, 5],
        [t + 3_600_000, 8],
      ],
      'gates/in/passers-by': [[t, 6]],
    })
    expect(p.omitted.repeated).toBe(1)
  })

  it('says what is wrong with a manifest or a file', async () => {
    const bad = folderWith({ 'backtest.json': { profile: 'backtest/9', name: 'x' } })
    await expect(planReplay(bad)).rejects.toMatchObject({ code: 'REPLAY_MANIFEST' })
    const resource = {
      name: 'v',
      role: 'values',
      path: 'v.csv',
      layout: 'matrix',
      format: 'csv',
      shape: [2, 2],
      axes: ['time', 'series'],
    }
    const short = folderWith({
      'v.csv': '1,2\n',
      'backtest.json': { ...head, time: { grid: 'rows', stepSeconds: 1 }, resources: [resource] },
    })
    await expect(planReplay(short)).rejects.toThrow(/has 1 rows, its manifest says 2/)
    const none = folderWith({ 'backtest.json': { ...head, resources: [{ name: 'x', role: 'cases' }] } })
    await expect(planReplay(none)).rejects.toThrow(/no values over time/)
  })

  const loop = fileURLToPath(new URL('../../../../../shared/data/traffic-los-loop', import.meta.url))
  it.skipIf(!existsSync(loop))(
    'reads a week of real loop detectors as their file has it (skipped without the data)',
    async () => {
      const { p } = await series(loop, { speed: 600 })
      expect([p.total, p.stepCount, p.model.assets.length]).toEqual([207 * 2016, 2016, 207])
      expect(new Date(p.fromAt).toISOString()).toBe('2012-03-01T08:00:00.000Z')
      expect(p.model.series[0]).toMatchObject({ unit: 'mile/h', intervalMs: 500 })
      const lines = gunzipSync(readFileSync(`${loop}/los_speed.csv.gz`))
        .toString()
        .trim()
        .split('\n')
        .slice(1)
      let row = 0
      for (const step of p.steps()) expect([...step.values].join()).toBe(lines[row++]!.split(',').map(Number).join())
    },
  )
})
