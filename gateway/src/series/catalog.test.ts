import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SERIES } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import { openEmbeddedLog } from '@quartier/contracts/event-log/embedded'
import { silentLogger } from '@quartier/contracts/runtime'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Access, ANONYMOUS } from '../access.ts'
import { gatewayConfigSchema } from '../config.ts'
import { Shares } from '../share.ts'
import { eventually, idOf } from '../testing.ts'
import { Catalog } from './catalog.ts'
import { ANNOUNCED, QUARANTINED, RETIRED, UNDEFINED } from './table.ts'

let folder: string
let log: EventLog
const catalogs: Catalog[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-catalog-'))
  log = await openEmbeddedLog({ folder })
})

afterEach(async () => {
  for (const c of catalogs.splice(0)) await c.close()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
})

async function open(instance = 'a'): Promise<Catalog> {
  const catalog = new Catalog({ log, logger: silentLogger, instance })
  catalogs.push(catalog)
  await catalog.open((error) => {
    throw error
  })
  return catalog
}

const access = new Access(
  ANONYMOUS,
  gatewayConfigSchema.parse({}).limits,
  new Shares(gatewayConfigSchema.parse({}).limits),
)
const flags = (c: Catalog, key: string) => c.table.flags[c.table.find(Buffer.from(key), 0, key.length)]
const define = (key: string, more: object) =>
  log.append(SERIES, [
    { key, value: Buffer.from(JSON.stringify({ key, id: idOf(key), unit: '"status":"q', ...more })) },
  ])

it('knows every series of the log, its status, and what becomes of it', async () => {
  await define('s/d/active', { status: 'active', historical: false })
  await define('s/d/quarantined', { status: 'quarantined', personal: false, historical: false })
  await define('s/d/retired', { status: 'retired' })
  const c = await open()
  expect(flags(c, 's/d/active')).toBe(ANNOUNCED)
  expect(flags(c, 's/d/quarantined')).toBe(ANNOUNCED | QUARANTINED)
  expect(flags(c, 's/d/retired')).toBe(ANNOUNCED | RETIRED)
  await define('s/d/quarantined', { status: 'active' })
  await define('s/d/new', { status: 'provisioned' })
  await log.append(SERIES, [{ key: 's/d/retired', value: Buffer.alloc(0) }])
  await eventually(() => flags(c, 's/d/retired') === UNDEFINED)
  expect(flags(c, 's/d/quarantined')).toBe(ANNOUNCED)
  expect(flags(c, 's/d/new')).toBe(ANNOUNCED)
})

it('does not overwrite the definition that somebody else has made meanwhile', async () => {
  const c = await open()
  const key = Buffer.from('s/d/p')
  const handle = c.table.insert(key, 0, key.length, UNDEFINED)
  c.introduce(handle, access, 'kW')
  await define('s/d/p', { status: 'active', unit: 'Cel' })
  await c.takeDefinitions()?.()
  const latest = await log.latest(SERIES, 's/d/p')
  expect(JSON.parse(Buffer.from(latest?.value ?? []).toString()).unit).toBe('Cel')
  expect(c.takeDefinitions()).toBeUndefined()
})

it('two gateways that meet a series at once agree on it', async () => {
  const [a, b] = [await open('a'), await open('b')]
  const key = Buffer.from('s/d/p')
  for (const c of [a, b]) c.introduce(c.table.insert(key, 0, key.length, UNDEFINED), access, 'kW')
  await Promise.all([a.takeDefinitions()?.(), b.takeDefinitions()?.()])
  const fresh = await open('c')
  expect(fresh.table.count).toBe(1)
  expect(flags(fresh, 's/d/p')).toBe(ANNOUNCED)
})
