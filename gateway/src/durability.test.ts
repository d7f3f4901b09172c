import { join } from 'node:path'
import { decodeBatch, QuartierError, READINGS } from '@quartier/contracts'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openSessions } from './sessions/index.ts'
import {
  eventually,
  idOf,
  principal,
  RawClient,
  readBack,
  sumCounts,
  type TestGateway,
  testGateway,
} from './testing.ts'
import { connect, publish } from './testing-packets.ts'

let gateway: TestGateway | undefined
const clients: RawClient[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const c of clients.splice(0)) c.destroy()
  await gateway?.stop()
  gateway = undefined
})

async function loggedIn(id: string): Promise<RawClient> {
  const c = new RawClient(gateway?.port as number)
  clients.push(c)
  c.send(connect(id))
  await c.expect('20020000')
  return c
}

/** The log with `append` to readings replaced. */
const withAppend = (log: EventLog, append: (records: readonly NewRecord[]) => Promise<unknown>): EventLog =>
  Object.assign(Object.create(log) as EventLog, {
    append: (topic: string, records: readonly NewRecord[]) =>
      topic === READINGS ? append(records) : log.append(topic, records),
  })

const valuesIn = (records: readonly NewRecord[]): number[] =>
  records.flatMap((r) => {
    const { columns } = decodeBatch(r.value)
    return [...columns.value.subarray(0, columns.length)]
  })

const start = Date.now()
const message = (device: string, value: number, id?: number) =>
  publish(`t/s/d/${device}/v`, `{"ts":${start - 100_000 + value},"value":${value}}`, { id })

describe('acknowledgements', () => {
  it('never leave before the fsync of the record that holds the reading', async () => {
    const durable = new Set<number>()
    gateway = await testGateway({
      wrap: (log) =>
        withAppend(log, async (records) => {
          const offsets = await log.append(READINGS, records)
          for (const value of valuesIn(records)) durable.add(value)
          return offsets
        }),
    })
    const early: number[] = []
    const senders = await Promise.all([0, 1, 2, 3].map((i) => loggedIn(`c${i}`)))
    await Promise.all(
      senders.map(async (c, i) => {
        let seen = 0
        c.socket.on('data', () => {
          for (; seen + 4 <= c.received.length; seen += 4) {
            const value = i * 10_000 + c.received.readUInt16BE(seen + 2)
            if (!durable.has(value)) early.push(value)
          }
        })
        for (let id = 1; id <= 500; id++) {
          c.send(message(`d${i}`, i * 10_000 + id, id))
          if (id % 50 === 0) await new Promise((later) => setImmediate(later))
        }
        await c.until(() => c.received.length === 2_000)
      }),
    )
    expect(early).toEqual([])
    expect(durable.size).toBe(2_000)
  })

  it('wait while the log is full, and everything is there once when space is back', async () => {
    let isFull = false
    let refused = 0
    gateway = await testGateway({
      wrap: (log) =>
        withAppend(log, async (records) => {
          if (!isFull) return log.append(READINGS, records)
          refused++
          throw new QuartierError('LOG_FULL', 'append: no space left', { retriable: true })
        }),
    })
    const { log, metric } = gateway
    const c = await loggedIn('a')
    c.send(message('d', 1, 1))
    await c.expect('40020001')
    isFull = true
    for (let id = 2; id <= 200; id++) c.send(message('d', id, id))
    await eventually(async () => refused > 1 && (await metric('log_stalled')) === 1)
    c.send(message('d', 201, 201))
    await eventually(async () => (await metric('paused_sockets')) === 1)
    expect(c.received.length).toBe(0)
    isFull = false
    await c.until(() => c.received.length === 200 * 4)
    expect((await readBack(log)).readings.map((r) => r.value)).toEqual(Array.from({ length: 201 }, (_, i) => i + 1))
    expect(await metric('log_stalled')).toBe(0)
    expect(await metric('log_failures_total')).toBe(refused)
  })

  it('a log that hangs stops the reading of sockets, and memory stays bounded', async () => {
    let go: (() => void) | undefined
    let isHanging = true
    gateway = await testGateway({
      config: { limits: { pendingRows: 1_000 } },
      wrap: (log) =>
        withAppend(log, async (records) => {
          if (isHanging) {
            await new Promise<void>((then) => {
              go = then
            })
          }
          return log.append(READINGS, records)
        }),
    })
    const { log, metric } = gateway
    const senders = await Promise.all(['a', 'b', 'c'].map(loggedIn))
    const n = 30_000
    const payload = Buffer.concat(Array.from({ length: n }, (_, i) => message('d', i, (i % 65_535) + 1)))
    for (const c of senders) c.socket.write(payload)
    await eventually(async () => (await metric('paused_sockets')) === 3)
    expect(await metric('pending_rows')).toBeLessThan(20_000)
    isHanging = false
    go?.()
    for (const c of senders) await c.until(() => c.received.length === n * 4)
    expect((await readBack(log)).readings.length).toBe(3 * n)
  })

  it('an error of the log that nobody understands ends the process instead of being ignored', async () => {
    const heard: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (error) => heard.push(error))
    let isBroken = true
    gateway = await testGateway({
      wrap: (log) =>
        withAppend(log, async (records) => {
          if (isBroken) throw new Error('what is this?')
          return log.append(READINGS, records)
        }),
    })
    const c = await loggedIn('a')
    c.send(message('d', 1, 1))
    await eventually(() => heard.length > 0)
    expect(c.received.length).toBe(0)
    isBroken = false
    process.removeAllListeners('unhandledRejection')
    for (const l of listeners) process.on('unhandledRejection', l)
  })
})

describe('the ledger', () => {
  it('counts every message and reading once, accepted or by the reason of its rejection', async () => {
    gateway = await testGateway()
    const { log } = gateway
    const c = await loggedIn('a')
    const at = start - 1000
    c.send(
      publish('t/s/d/x', `{"ts":${at},"a":1,"b":2,"c":3}`, { id: 1 }),
      publish('t/s/d/x/v', '1', { id: 2 }),
      publish('t/s/d/x/v', '{', { id: 3 }),
      publish('t/s/d/x/v', '{}', { id: 4 }),
      publish('t/s/d/x', `{"ts":${at},"a":4,"b":null}`, { id: 5 }),
      publish('senml/r/y', '[{"n":"a","v":1},{"n":"b","v":2},{"n":"c"}]', { id: 6 }),
      publish('t/s/d/x/text', '"open"', { id: 7 }),
    )
    await c.until(() => c.received.length === 28)
    const { readings, counts } = await readBack(log)
    const sum = sumCounts(counts)
    const rejected = (of: Record<string, number>) => Object.values(of).reduce((a, b) => a + b, 0)
    expect(sum.messages.received).toBe(7)
    expect(sum.messages.accepted + rejected(sum.messages.rejected)).toBe(7)
    expect(sum.readings.accepted).toBe(readings.length)
    expect(sum.readings.received).toBe(sum.readings.accepted + rejected(sum.readings.rejected))
    expect(readings.filter((r) => r.id === idOf('s/x/a')).map((r) => r.value)).toEqual([1, 4])
  })

  it('counts what was left behind by somebody who may no longer publish', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    const topic = 't/gone/d/x/v'
    gateway = await testGateway({ principals: [principal('off', { enabled: false })] })
    const { folder, log } = gateway
    await gateway.restart(async () => {
      const sessions = openSessions({ path: join(folder, 'sessions.db') })
      for (const id of ['gone/x', 'off/x'])
        await sessions.putWill({ id }, { cmd: 'publish', topic, payload: Buffer.from('1'), qos: 1 })
      await sessions.destroy()
    })
    vi.advanceTimersByTime(60_000)
    await eventually(async () => sumCounts((await readBack(log)).counts).messages.received === 2)
    expect(sumCounts((await readBack(log)).counts).messages.rejected).toEqual({ permission: 2 })
  })

  it('agrees with the rows of each record, partition by partition', async () => {
    gateway = await testGateway()
    const { log } = gateway
    const c = await loggedIn('a')
    for (let i = 1; i <= 300; i++)
      c.send(publish(`senml/s/d${i}`, `[{"bn":"d${i}/","n":"a","v":1},{"n":"b","v":2}]`, { id: i }))
    await c.until(() => c.received.length === 1200)
    for (let partition = 0; partition < 4; partition++)
      for (const record of await log.read(READINGS, { partition, offset: 0 }, 10_000)) {
        const { columns, counts } = decodeBatch(record.value)
        expect(counts.reduce((n, k) => n + k.readings.accepted, 0)).toBe(columns.length)
      }
    expect((await readBack(log)).readings.length).toBe(600)
  })
})
