import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EmbeddedLog, openEmbeddedLog } from '../event-log/embedded.ts'
import type { SeriesDefinition } from '../schemas/registry.ts'
import { ASSETS, SERIES } from '../topics.ts'
import { adopt, announceAssets, announcePending, announceSeries, importSeries } from './announce.ts'
import { linesFrom, series, smallDistrict } from './contract/fixture.ts'
import { followSeries, readDefinition } from './follow-series.ts'
import type { Records } from './port.ts'
import { openSqliteRecords } from './sqlite.ts'
import { syncRegistry } from './sync-registry.ts'

let folder: string
let log: EmbeddedLog
let records: Records
let running: AbortController

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-announce-'))
  log = await openEmbeddedLog({ folder: join(folder, 'log'), inline: true })
  records = await openSqliteRecords({ path: join(folder, 'records.db') })
  running = new AbortController()
})

afterEach(async () => {
  running.abort()
  await records.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

const said = async (topic: string) => {
  const { earliest, next } = (await log.ranges(topic))[0]!
  return next === earliest ? [] : log.read(topic, { partition: 0, offset: earliest }, 10_000)
}

const appended = async (topic: string) => (await log.ranges(topic))[0]?.next

describe('announcing', () => {
  it('puts definitions into the log under their keys', async () => {
    const definitions = smallDistrict().series
    const shares: number[] = []
    await announceSeries(log, definitions, (share) => shares.push(share))
    const found = await said(SERIES)
    expect(found.map((r) => r.key)).toEqual(definitions.map((d) => d.key))
    expect(found.map(readDefinition)).toEqual(definitions)
    expect(shares.at(-1)).toBe(1)
  })

  it('puts places and assets into the log', async () => {
    const { places, assets } = smallDistrict()
    await announceAssets(log, places, assets)
    const found = await said(ASSETS)
    expect(found.map((r) => r.key)).toContain('place:b-1')
    const meter = found.find((r) => r.key === 'asset:meter-3')!
    expect(JSON.parse(Buffer.from(meter.value).toString())).toEqual(assets[2])
  })

  it('tells each change of the registry once', async () => {
    await records.registry.importDistrict(smallDistrict())
    expect(await announcePending(log, records)).toBe(6)
    expect(await announcePending(log, records)).toBe(0)
    await records.registry.putSeries([series('demo/ahu-1/power', { assetId: 'ahu-1', unit: 'V' })])
    expect(await announcePending(log, records)).toBe(1)
    expect(await appended(SERIES)).toBe(7)
    expect(await appended(ASSETS)).toBe(9)
    const latest = await log.latest(SERIES, 'demo/ahu-1/power')
    expect(readDefinition(latest!)?.unit).toBe('V')
  })

  it('tells again what a crash left untold', async () => {
    await records.registry.putSeries([series('demo/a/t')])
    const registry = { ...records.registry, announced: () => Promise.reject(new Error('killed')) }
    await expect(announcePending(log, { lock: records.lock, registry })).rejects.toThrow('killed')
    expect(await announcePending(log, records)).toBe(1)
    expect(await appended(SERIES)).toBe(2)
  })
})

describe('importing into the registry and the log', () => {
  it('announces every series that was taken, with its asset and place', async () => {
    const lines = Array.from({ length: 12_000 }, (_, n) => `demo/s-${n}/t,Cel,s-${n % 50},probe,q,zone,51.5,25.3`)
    const header = 'key,unit,asset,asset_kind,place,place_kind,longitude,latitude'
    const report = await importSeries(log, records, linesFrom([header, ...lines, 'broken'].join('\n')))
    expect(report).toMatchObject({ accepted: 12_000, refused: [{ line: 12_002 }] })
    expect(await appended(SERIES)).toBe(12_000)
    expect(await appended(ASSETS)).toBe(51)
    expect(await announcePending(log, records)).toBe(0)
  })

  it('says so when the log takes nothing more, and announces what was kept once it does', async () => {
    const full = { ...log, ranges: log.ranges, append: () => Promise.reject(new Error('no space')) }
    await expect(importSeries(full, records, linesFrom('key\ndemo/a/t'))).rejects.toThrow('no space')
    expect(await announcePending(log, records)).toBe(1)
  })
})

describe('following the series', () => {
  const follow = (onDefinitions: (d: readonly SeriesDefinition[], removed: readonly string[]) => unknown) =>
    followSeries(log, 'test', running.signal, onDefinitions)

  it('hands over what is there, says so, and goes on with what is added', async () => {
    await announceSeries(log, [series('demo/a/t'), series('demo/b/t')])
    const seen = new Map<string, SeriesDefinition>()
    const added = Promise.withResolvers<void>()
    const follower = follow((definitions, removed) => {
      for (const d of definitions) seen.set(d.key, d)
      for (const key of removed) seen.delete(key)
      if (!seen.has('demo/a/t') && seen.has('demo/c/t')) added.resolve()
    })
    await follower.caughtUp
    expect([...seen.keys()]).toEqual(['demo/a/t', 'demo/b/t'])
    await announceSeries(log, [series('demo/c/t')])
    await log.append(SERIES, [{ key: 'demo/a/t', value: new Uint8Array() }])
    await added.promise
    running.abort()
    await follower.done
  })

  it('has caught up at once with an empty log', async () => {
    await follow(() => {}).caughtUp
  })

  it('passes over what is no definition', async () => {
    const odd = ['{', '[]', '"x"', '{"key":"demo/a/t"}', JSON.stringify(series('demo/other/t'))]
    await log.append(
      SERIES,
      odd.map((text) => ({ key: 'demo/a/t', value: Buffer.from(text) })),
    )
    await announceSeries(log, [series('demo/b/t')])
    const keys: string[] = []
    await follow((definitions) => keys.push(...definitions.map((d) => d.key))).caughtUp
    expect(keys).toEqual(['demo/b/t'])
  })

  it('fills in what an earlier release left out', async () => {
    const { validMin, validMax, historical, ...earlier } = series('demo/a/t')
    await log.append(SERIES, [{ key: 'demo/a/t', value: Buffer.from(JSON.stringify(earlier)) }])
    const found: SeriesDefinition[] = []
    await follow((definitions) => found.push(...definitions)).caughtUp
    expect(found[0]).toEqual({ ...earlier, validMin: null, validMax: null, historical: false })
  })

  it('fails when whoever follows fails', async () => {
    await announceSeries(log, [series('demo/a/t')])
    const follower = follow(() => {
      throw new Error('no memory')
    })
    await expect(follower.caughtUp).rejects.toThrow('no memory')
    await expect(follower.done).rejects.toThrow('no memory')
  })
})

describe('bringing the log into the registry', () => {
  const sync = () => syncRegistry(log, records.registry, running.signal)
  const registered = async (key: string, status: string) => {
    while ((await records.registry.seriesByKey(key))?.status !== status) await new Promise(setImmediate)
  }

  it('shows what a gateway provisioned or quarantined', async () => {
    await records.registry.importDistrict(smallDistrict())
    const done = sync()
    await announceSeries(log, [
      series('demo/new/t', { status: 'provisioned' }),
      series('demo/odd/t', { status: 'quarantined' }),
    ])
    await registered('demo/new/t', 'provisioned')
    await registered('demo/odd/t', 'quarantined')
    expect(await records.registry.counts()).toMatchObject({ series: 8, quarantined: 1 })
    await announcePending(log, records)
    expect(await appended(SERIES)).toBe(8)
    running.abort()
    await done
  })

  it('lets the word of people stand, and tells the log again', async () => {
    await records.registry.putSeries([series('demo/a/t', { unit: 'Pa' })])
    await announcePending(log, records)
    await announceSeries(log, [series('demo/a/t', { status: 'provisioned' })])
    const done = sync()
    for (let said: unknown; said !== 'active'; ) {
      const latest = await log.latest(SERIES, 'demo/a/t')
      said = latest && readDefinition(latest)?.status
    }
    await announceSeries(log, [series('demo/a/t', { unit: 'F' })])
    for (let said: unknown; said !== 'Pa'; ) {
      const latest = await log.latest(SERIES, 'demo/a/t')
      said = latest && readDefinition(latest)?.unit
    }
    expect(await records.registry.seriesByKey('demo/a/t')).toMatchObject({ unit: 'Pa', status: 'active' })
    running.abort()
    await done
  })

  it('fills a new records database from the log', async () => {
    await records.registry.putSeries([series('demo/a/t', { unit: 'Pa' })])
    await announcePending(log, records)
    const fresh = await openSqliteRecords({ path: join(folder, 'fresh.db') })
    const done = syncRegistry(log, fresh.registry, running.signal)
    while ((await fresh.registry.counts()).series < 1) await new Promise(setImmediate)
    expect(await fresh.registry.seriesByKey('demo/a/t')).toEqual(series('demo/a/t', { unit: 'Pa' }))
    running.abort()
    await done
    await fresh.close()
  })

  it('adopts quarantined series: the registry and the log then say active, and who did it', async () => {
    await records.registry.putSeries([series('demo/odd/t', { status: 'quarantined' })], { fromLog: true })
    await records.registry.putSeries([series('demo/old/t', { status: 'retired' })])
    const adopted = await adopt(records, log, ['demo/odd/t', 'demo/old/t', 'demo/none/t'], 'amal')
    expect(adopted.map((d) => d.key)).toEqual(['demo/odd/t'])
    const latest = await log.latest(SERIES, 'demo/odd/t')
    expect(readDefinition(latest!)?.status).toBe('active')
    expect(latest?.headers.by).toBe('amal')
    expect((await log.latest(SERIES, 'demo/old/t'))?.headers.by).toBeUndefined()
  })
})
