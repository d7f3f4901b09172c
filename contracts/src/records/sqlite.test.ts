import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { verifyAudit } from '../audit/index.ts'
import { openEmbeddedLog } from '../event-log/embedded.ts'
import { series } from './contract/fixture.ts'
import { MIGRATIONS } from './migrations.ts'
import { openSqliteRecords } from './sqlite.ts'

let folder: string
let path: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quartier-sqlite-'))
  path = join(folder, 'records.db')
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('SQLite records', () => {
  it('opens a new file from several places at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => openSqliteRecords({ path })))
    await all[0]!.registry.putSeries([series('demo/a/t')])
    for (const records of all) expect(await records.registry.counts()).toMatchObject({ series: 1 })
    for (const records of all) await records.close()
  })

  it('keeps everything when it is opened again, and applies each migration once', async () => {
    const first = await openSqliteRecords({ path, clock: { now: () => 17, speed: 1 } })
    await first.registry.putSeries([series('demo/a/t')])
    await first.close()
    const second = await openSqliteRecords({ path, clock: { now: () => 18, speed: 1 } })
    expect((await second.registry.series({ text: 'demo' })).map((s) => s.key)).toEqual(['demo/a/t'])
    await second.close()
    const file = new DatabaseSync(path)
    const applied = file.prepare('select name, applied_at from migrations order by name').all()
    file.close()
    expect(applied).toEqual(MIGRATIONS.map(({ name }) => ({ name, applied_at: 17 })))
  })

  it('refuses a database that a later release has changed', async () => {
    await (await openSqliteRecords({ path })).close()
    const file = new DatabaseSync(path)
    file.exec(`insert into migrations values ('9999-from-the-future', 0)`)
    file.close()
    await expect(openSqliteRecords({ path })).rejects.toMatchObject({ code: 'RECORDS_NEWER' })
  })

  it('says so when the file is no database', async () => {
    writeFileSync(path, 'no database at all, but long enough to be taken for a header of one by mistake'.repeat(20))
    await expect(openSqliteRecords({ path })).rejects.toMatchObject({ code: 'RECORDS_UNAVAILABLE' })
  })

  it('lets nobody but its owner read the file', async () => {
    await (await openSqliteRecords({ path })).close()
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  it('waits for another writer without stopping the event loop', async () => {
    const records = await openSqliteRecords({ path })
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    const put = records.registry.putSeries([series('demo/a/t')])
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate)
    expect(await Promise.race([put, 'waiting'])).toBe('waiting')
    other.exec('rollback')
    expect(await put).toEqual([])
    other.close()
    await records.close()
  })
})

describe('several processes', () => {
  const start = (name: string, count: number): ChildProcess => {
    const child = fork(join(import.meta.dirname, 'contract/writer-process.ts'), [folder, name, String(count)])
    children.push(child)
    return child
  }

  it('write series and audit entries at once and lose none', async () => {
    const exits = await Promise.all(['a', 'b'].map((name) => once(start(name, 40), 'exit')))
    expect(exits.map(([code]) => code)).toEqual([0, 0])
    const records = await openSqliteRecords({ path })
    const log = await openEmbeddedLog({ folder: join(folder, 'log'), inline: true })
    expect(await records.registry.counts()).toMatchObject({ series: 80 })
    expect((await records.registry.pending('series', 1000)).items).toHaveLength(80)
    const report = await verifyAudit(log, { head: await records.chains.head('audit') })
    expect(report).toMatchObject({ ok: true, records: 80 })
    await log.close()
    await records.close()
  })

  it('leave a whole chain and a sound database when they are killed in the middle', async () => {
    const victims = ['a', 'b'].map((name) => start(name, 1_000_000))
    for (const victim of victims) await once(victim, 'message')
    for (const victim of victims) victim.kill('SIGKILL')
    await Promise.all(victims.map((victim) => victim.exitCode ?? victim.signalCode ?? once(victim, 'exit')))
    const [code] = await once(start('c', 5), 'exit')
    expect(code).toBe(0)
    const records = await openSqliteRecords({ path })
    const log = await openEmbeddedLog({ folder: join(folder, 'log'), inline: true })
    const { series: count } = await records.registry.counts()
    expect(await records.registry.series({ text: 'process', limit: 10_000 })).toHaveLength(Math.min(count, 10_000))
    const report = await verifyAudit(log, { head: await records.chains.head('audit') })
    expect(report.fault).toBeUndefined()
    expect(report.records).toBeGreaterThan(5)
    await log.close()
    await records.close()
  })
})
