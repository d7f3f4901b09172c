import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QuartierError } from '@quartier/contracts'
import type { Records } from '@quartier/contracts/records'
import { openPostgresRecords } from '@quartier/contracts/records/postgres'
import { openPostgresSessions } from '@quartier/gateway/sessions/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { install, type PostgresServer, start } from './postgres.ts'

const wanted = process.env.QUARTIER_TEST_POSTGRES

/** With a server of its own, which it kills. */
describe.skipIf(!wanted)('when PostgreSQL crashes (set QUARTIER_TEST_POSTGRES to run)', () => {
  let folder: string
  let server: PostgresServer
  const opened: Records[] = []
  const open = async () => {
    const records = await openPostgresRecords({ url: server.url })
    opened.push(records)
    return records
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quartier-postgres-'))
    await install(() => {})
    server = await start({ folder })
  }, 300_000)
  afterAll(async () => {
    for (const records of opened) await records.close()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)

  it('records keep what they acknowledged, say what to repeat, and go on by themselves', async () => {
    const records = await open()
    const known = { acknowledged: 0, failures: [] as unknown[], over: false }
    const writing = (async () => {
      while (!known.over) {
        try {
          await records.principals.put(principal(`p-${known.acknowledged}`))
          known.acknowledged++
        } catch (error) {
          known.failures.push(error)
        }
      }
    })()
    for (let crash = 1; crash <= 3; crash++) {
      const before = known.acknowledged
      await expect.poll(() => known.acknowledged, WAIT).toBeGreaterThan(before + 20)
      await server.crash()
      const after = known.acknowledged
      await expect.poll(() => known.acknowledged, WAIT).toBeGreaterThan(after + 5)
    }
    known.over = true
    await writing
    for (const error of known.failures) expect(error).toMatchObject({ code: 'RECORDS_UNAVAILABLE', retriable: true })
    const kept = new Set((await records.principals.list()).map((p) => p.name))
    for (let n = 0; n < known.acknowledged; n++) expect(kept.has(`p-${n}`), `p-${n}`).toBe(true)
  })

  it('reads on connections that lay idle meanwhile notice nothing', async () => {
    const records = await open()
    const count = () => records.users.count()
    expect(await Promise.all([count(), count(), count()])).toEqual([0, 0, 0])
    await server.crash()
    expect(await Promise.all([count(), count(), count()])).toEqual([0, 0, 0])
  })

  it('whoever worked under a lock is told that it was lost', async () => {
    const records = await open()
    const lost = records.lock('chain', () => server.crash())
    await expect(lost).rejects.toMatchObject({ code: 'RECORDS_UNAVAILABLE', retriable: true })
    expect(await records.lock('chain', async () => 'free')).toBe('free')
  })

  it('a lease is lost, and taken again once the server is back', async () => {
    const records = await open()
    const ending = new AbortController()
    let begun = 0
    let lost: unknown
    const acting = records.lease(
      'plan',
      async (held) => {
        if (++begun === 2) return ending.abort()
        await server.stop()
        await new Promise((told) => held.addEventListener('abort', told))
        lost = held.reason
        await server.crash()
      },
      { signal: ending.signal, ttlMs: 1_000 },
    )
    await acting
    expect(begun).toBe(2)
    expect(lost).toBeInstanceOf(QuartierError)
  })

  it('sessions keep every message that they acknowledged, each once, and nobody sees a failure', async () => {
    const sessions = await openPostgresSessions({ url: server.url, limits: { queueMessages: 1e6, queueBytes: 1e9 } })
    await sessions.setup({ id: 'broker', counter: 0 })
    await sessions.addSubscriptions({ id: 'anna' }, [{ topic: '#', qos: 1 }])
    let acknowledged = 0
    let over = false
    const queueing = (async () => {
      while (!over) {
        const some = Array.from({ length: 20 }, (_, i) => sessions.outgoingEnqueue(ANNA, message(acknowledged + i)))
        await Promise.all(some)
        acknowledged += some.length
      }
    })()
    for (let crash = 1; crash <= 3; crash++) {
      const before = acknowledged
      await expect.poll(() => acknowledged, WAIT).toBeGreaterThan(before + 200)
      await server.crash()
    }
    const after = acknowledged
    await expect.poll(() => acknowledged, WAIT).toBeGreaterThan(after + 200)
    over = true
    await queueing
    const numbers = (await sessions.outgoingStream({ id: 'anna' }).toArray()).map((p) => p.brokerCounter)
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: acknowledged }, (_, n) => n + 1))
    // What is subscribed elsewhere is heard of again, too.
    const other = await openPostgresSessions({ url: server.url })
    await other.addSubscriptions({ id: 'bert' }, [{ topic: 'b', qos: 1 }])
    await expect.poll(() => sessions.subscriptionsByTopic('b'), WAIT).toHaveLength(2)
    await other.destroy()
    await sessions.destroy()
  })

  it('a lock and a lease whose holder is killed are free within seconds', async () => {
    const records = await open()
    const holder = fork(join(import.meta.dirname, 'hold-lock.ts'), [server.url])
    await once(holder, 'message')
    holder.kill('SIGKILL')
    let acted = false
    await records.lock('held', () =>
      records.lease('held', async () => {
        acted = true
      }),
    )
    expect(acted).toBe(true)
  })
})

const WAIT = { timeout: 45_000, interval: 20 }
const ANNA = { clientId: 'anna' }

const principal = (name: string) => ({
  name,
  source: 'demo',
  kind: 'device' as const,
  publish: [],
  subscribe: [],
  devices: [],
  personal: false,
  historical: false,
  enabled: true,
})

const message = (n: number) => ({
  cmd: 'publish',
  topic: `t/${n}`,
  payload: Buffer.from(`payload ${n}`),
  qos: 1,
  brokerId: 'broker',
  brokerCounter: n + 1,
})
