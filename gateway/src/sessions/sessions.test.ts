import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionsContract } from './contract.ts'
import { openSessions, type StoredPacket } from './index.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'quartier-sessions-'))

sessionsContract('SQLite', async () => {
  const folder = newFolder()
  return {
    open: async (options) => openSessions({ path: join(folder, 'sessions.db'), ...options }),
    remove: async () => rmSync(folder, { recursive: true }),
  }
})

describe('sessions in SQLite', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = newFolder()
    path = join(folder, 'sessions.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const packet = (n: number): StoredPacket => ({
    cmd: 'publish',
    topic: `t/${n}`,
    payload: Buffer.from(`${n}`),
    qos: 1,
    brokerId: 'b',
    brokerCounter: n,
  })

  it('lose no acknowledged message when the process is killed at any moment', async () => {
    let known = -1
    for (const rounds of [1, 40, 200]) {
      const acknowledged = await runUntilKilled(path, rounds)
      known = Math.max(...acknowledged)
      const sessions = openSessions({ path })
      expect(await sessions.subscriptionsByClient({ id: 'anna' })).toMatchObject([{ topic: '#', qos: 1 }])
      const kept = (await sessions.outgoingStream({ id: 'anna' }).toArray()) as StoredPacket[]
      const numbers = new Set(kept.map((p) => Number(p.payload?.toString())))
      for (let n = 0; n <= known; n++)
        if (!numbers.has(n)) throw new Error(`message ${n} of ${known} acknowledged ones is lost`)
      await sessions.destroy()
      rmSync(path)
    }
    expect(known).toBeGreaterThan(100)
  })

  it('write what happens in one turn of the event loop in one transaction', async () => {
    const sessions = openSessions({ path })
    const before = sessions.stats.commits
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => sessions.outgoingEnqueue({ clientId: `c${n % 7}` }, packet(n))),
    )
    expect(sessions.stats.commits - before).toBe(1)
    expect(sessions.stats.rowsWritten).toBe(507)
    await sessions.destroy()
  })

  it('never write what came and went in the same turn', async () => {
    const sessions = openSessions({ path })
    const stored = sessions.outgoingEnqueue({ clientId: 'anna' }, { ...packet(1), messageId: 1 })
    await sessions.outgoingUpdate({ id: 'anna' }, { ...packet(1), messageId: 1 })
    await sessions.outgoingClearMessageId({ id: 'anna' }, { messageId: 1 })
    await stored
    expect(sessions.stats.rowsWritten).toBe(0)
    await sessions.destroy()
  })

  it('are on disk when a promise resolves', async () => {
    const sessions = openSessions({ path })
    await sessions.storeRetained({ ...packet(1), retain: true })
    // A copy of the files as they are now is what a crash would leave.
    const copy = join(folder, 'copy.db')
    for (const suffix of ['', '-wal']) spawnSync('cp', [path + suffix, copy + suffix])
    const db = new DatabaseSync(copy)
    expect(db.prepare('SELECT topic FROM retained').all()).toEqual([{ topic: 't/1' }])
    db.close()
    await sessions.destroy()
  })

  it('wait for room where there is none and go on when there is some', async () => {
    const sessions = openSessions({ path, limits: { fileBytes: 1_000_000, pendingRows: 4 } })
    const large = (n: number): StoredPacket => ({ ...packet(n), payload: Buffer.alloc(400_000, n) })
    for (const n of [1, 2]) await sessions.storeRetained({ ...large(n), retain: true })
    const waiting = [3, 4].map((n) => sessions.outgoingEnqueue({ clientId: 'anna' }, large(n)))
    await expect.poll(() => sessions.stats.failures).toBeGreaterThan(0)
    const isOverloaded = { code: 'SESSIONS_OVERLOADED', retriable: true }
    for (const n of [1, 2])
      waiting.push(sessions.storeRetained({ ...packet(n), retain: true, payload: Buffer.alloc(0) }))
    await expect(sessions.outgoingEnqueue({ clientId: 'bert' }, packet(5))).rejects.toMatchObject(isOverloaded)
    await Promise.all(waiting)
    await sessions.outgoingEnqueue({ clientId: 'bert' }, packet(6))
    await sessions.destroy()
    const again = openSessions({ path })
    expect(await again.outgoingStream({ id: 'anna' }).toArray()).toHaveLength(2)
    await again.destroy()
  })

  it('belong to one process at a time', async () => {
    const sessions = openSessions({ path })
    expect(() => openSessions({ path })).toThrow(expect.objectContaining({ code: 'SESSIONS_IN_USE' }))
    await sessions.destroy()
    await openSessions({ path }).destroy()
  })

  it('are refused when a newer release wrote them', async () => {
    await openSessions({ path }).destroy()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => openSessions({ path })).toThrow(expect.objectContaining({ code: 'SESSIONS_VERSION' }))
  })
})

/** Starts a process that queues messages, kills it after `rounds` acknowledgements and returns what was acknowledged. */
async function runUntilKilled(path: string, rounds: number): Promise<number[]> {
  const child = spawn(process.execPath, [new URL('./crash-child.ts', import.meta.url).pathname, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: number[] = []
  for await (const line of createInterface(child.stdout)) {
    if (line !== 'subscribed' && /^\d+$/.test(line)) acknowledged.push(Number(line))
    if (acknowledged.length >= rounds) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return acknowledged
}
