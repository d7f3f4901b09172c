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

  it('are taken from the principal with most of them, however long the others are away', async () => {
    let now = 1_000
    const sessions = openSessions({ path, clock: { speed: 1, now: () => now++ }, limits: { sessions: 5 } })
    const ids = ['quiet/only', 'calm/a', 'calm/b', ...Array.from({ length: 20 }, (_, i) => `busy/${i}`)]
    for (const id of ids) await sessions.addSubscriptions({ id }, [{ topic: 'a', qos: 1 }])
    const kept = ((await sessions.getClientList('a').toArray()) as string[]).sort()
    expect(kept).toEqual(['busy/18', 'busy/19', 'calm/a', 'calm/b', 'quiet/only'])
    expect(sessions.stats.evictedSessions).toBe(18)
    await sessions.destroy()
  })

  it('lose what waits for clients of the principal for whom most waits, where all together is too much', async () => {
    const sessions = openSessions({ path, limits: { totalQueueBytes: 500_000 } })
    const queue = async (id: string) => (await sessions.outgoingStream({ id }).toArray()).length
    const large = (n: number): StoredPacket => ({ ...packet(n), payload: Buffer.alloc(50_000) })
    for (const n of [1, 2]) await sessions.outgoingEnqueue({ clientId: 'quiet/only' }, large(n))
    for (let n = 3; n < 50; n++) await sessions.outgoingEnqueue({ clientId: `busy/${n}` }, large(n))
    expect(await queue('quiet/only')).toBe(2)
    expect(sessions.stats.queuedBytes).toBeLessThanOrEqual(500_000)
    await sessions.destroy()
  })

  it('lose retained messages of the principal that holds most of them', async () => {
    const limits = { retainedMessages: 6, retainedPerClient: 5 }
    const sessions = openSessions({ path, limits })
    const retain = (topic: string, clientId: string, bytes = 10) =>
      sessions.storeRetained({ ...packet(1), topic, clientId, retain: true, payload: Buffer.alloc(bytes) })
    await retain('quiet', 'quiet')
    for (let n = 0; n < 9; n++) await retain(`busy/${n}`, `busy/${n}`, 5_000)
    for (let n = 0; n < 3; n++) await retain(`calm/${n}`, 'calm')
    const topics = ((await sessions.createRetainedStream('#').toArray()) as StoredPacket[]).map((p) => p.topic)
    expect(topics).toEqual(['quiet', 'busy/7', 'busy/8', 'calm/0', 'calm/1', 'calm/2'])
    expect(sessions.stats.droppedRetained).toBe(7)
    await sessions.destroy()
  })

  it('take no QoS 2 message more where too much awaits its release: of a client, a principal, or all', async () => {
    const limits = { incomingBytes: 3_000, incomingOwnerBytes: 5_000, totalIncomingBytes: 8_000 }
    const open = () => openSessions({ path, limits })
    let sessions = open()
    const receive = (id: string, messageId: number, clean = false) =>
      sessions.incomingStorePacket({ id, clean }, { ...packet(1), qos: 2, payload: Buffer.alloc(1_000), messageId })
    const isTooMuch = { code: 'SESSIONS_LIMIT', retriable: true }
    for (const messageId of [1, 2, 2]) await receive('a/1', messageId)
    await expect(receive('a/1', 3)).rejects.toMatchObject(isTooMuch)
    for (const messageId of [1, 2]) await receive('a/2', messageId, true)
    await expect(receive('a/3', 1, true)).rejects.toMatchObject(isTooMuch)
    for (const messageId of [1, 2]) await receive('b/1', messageId)
    await expect(receive('c/1', 1)).rejects.toMatchObject(isTooMuch)
    await sessions.destroy()
    sessions = open()
    await expect(receive('a/1', 3)).rejects.toMatchObject(isTooMuch)
    await sessions.incomingDelPacket({ id: 'a/1' }, { messageId: 1 })
    await receive('a/1', 3)
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
  const child = spawn(
    process.execPath,
    [...process.execArgv, new URL('./crash-child.ts', import.meta.url).pathname, path],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const acknowledged: number[] = []
  for await (const line of createInterface(child.stdout)) {
    if (line !== 'subscribed' && /^\d+$/.test(line)) acknowledged.push(Number(line))
    if (acknowledged.length >= rounds) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return acknowledged
}
