import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLOCK } from '../topics.ts'
import { loadEngines, openLog, openRecords, openStore, openStoreReader, postgresAddress, shareStore } from './index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-engines-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const CLUSTER = `
engines:
  log: { engine: kafka, brokers: "k1:9092, k2:9092" }
  store:
    engine: influxdb
    servers:
      - { name: a, url: "http://localhost:8086", org: city, tokenFile: secrets/token }
  records: { engine: postgres, url: "postgres://city@db/quartier", passwordFile: secrets/password }
gateway: { port: 1884 }
`

function withSecrets(): void {
  mkdirSync(join(folder, 'secrets'))
  write('secrets/token', 'a token\n')
  write('secrets/password', 'a password\n')
}

function mistakesOf(work: () => unknown): string[] {
  try {
    work()
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message.split('\n').slice(1)
  }
  return []
}

describe('the engines of an installation', () => {
  it('are embedded unless somebody chooses others', () => {
    const { log, store, records } = loadEngines({ env: {} })
    expect([log.engine, store.engine, records.engine]).toEqual(['embedded', 'embedded', 'sqlite'])
  })

  it('come from a YAML file, and the files it names are those beside it', () => {
    withSecrets()
    const { log, store, records } = loadEngines({ file: write('city.yaml', CLUSTER) })
    expect(log).toMatchObject({ engine: 'kafka', brokers: 'k1:9092, k2:9092' })
    expect(store.servers[0]).toMatchObject({ name: 'a', tokenFile: join(folder, 'secrets/token') })
    expect(postgresAddress({ records })).toEqual({
      ...{ host: 'db', port: 5432, user: 'city', database: 'quartier' },
      passwordFile: join(folder, 'secrets/password'),
    })
  })

  it('come from the environment, which wins over the file', () => {
    withSecrets()
    const file = write('city.yaml', CLUSTER)
    const env = { QUARTIER_LOG_BROKERS: 'other:1', QUARTIER_LOG_REPLICATION: '3', QUARTIER_STORE_ENGINE: 'embedded' }
    const { log, store } = loadEngines({ file, env })
    expect(log).toMatchObject({ brokers: 'other:1', replication: 3 })
    expect(store.engine).toBe('embedded')
  })

  it('tell all mistakes together', () => {
    const file = write(
      'wrong.json',
      JSON.stringify({
        engines: {
          log: { engine: 'kafka', brokers: 'nowhere', sasl: { mechanism: 'PLAIN' }, tls: { caFile: 'ca.pem' } },
          store: { engine: 'influxdb', copies: 2, server: [] },
          records: { engine: 'postgres', url: 'postgres://city:secret@db/quartier' },
        },
      }),
    )
    const mistakes = mistakesOf(() => loadEngines({ file }))
    for (const path of ['log.sasl.username', 'log.sasl.passwordFile', 'log.tls.enabled', 'store.server', 'records.url'])
      expect(mistakes.some((m) => m.startsWith(`  engines.${path}: `))).toBe(true)
    expect(mistakes.join('\n')).not.toContain('secret@')
  })

  it('name every file that cannot be read', () => {
    const mistakes = mistakesOf(() => loadEngines({ file: write('city.yaml', CLUSTER) }))
    expect(mistakes).toEqual([
      `  engines.store.servers.0.tokenFile: ${join(folder, 'secrets/token')} cannot be read (ENOENT)`,
      `  engines.records.passwordFile: ${join(folder, 'secrets/password')} cannot be read (ENOENT)`,
    ])
  })

  it.each([
    ['postgres://db/quartier', 'no host, user or database'],
    ['postgres://city@db', 'no host, user or database'],
    ['mysql://city@db/quartier', 'begins with mysql:'],
    ['postgres://city@db/quartier?sslmode=disable', 'not understood'],
  ])('refuse the address %s', (url, why) => {
    const mistakes = mistakesOf(() => loadEngines({ overrides: { records: { engine: 'postgres', url } } }))
    expect(mistakes.join()).toContain(why)
  })

  it('say where a YAML file cannot be read', () => {
    const file = write('broken.yml', 'engines:\n  log: {engine: kafka\n')
    expect(() => loadEngines({ file })).toThrow(/broken\.yml.*line/s)
    expect(() => loadEngines({ file: write('list.yaml', '- engines') })).toThrow('it holds no sections')
  })
})

describe('embedded engines', () => {
  it('keep log, store and records below one folder, and let other processes at the store', async () => {
    const engines = loadEngines({})
    const place = { dataDir: folder }
    const log = await openLog(engines, place)
    await log.append(CLOCK, [{ key: 'k', value: Buffer.from('v') }])
    await log.close()
    const again = await openLog(engines, place)
    expect(Buffer.from((await again.latest(CLOCK, 'k'))?.value ?? []).toString()).toBe('v')
    await again.close()
    const records = await openRecords(engines, place)
    expect(await records.users.count()).toBe(0)
    await records.close()
    const retention = { rawMs: 1e9, minuteMs: 1e9, hourMs: 1e9 }
    const store = await openStore(place, { retention, flushEveryMs: 0 })
    const shared = await shareStore(engines, place, store)
    const reader = await openStoreReader(engines, place)
    expect(await reader.position()).toEqual({})
    await reader.close()
    await shared.close()
    await store.close()
  })
})
