import { Pool } from '@quartier/contracts/postgres'
import abstractPersistence from 'aedes-persistence/abstract.js'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withContext } from './abstract-context.ts'
import { sessionsContract } from './contract.ts'
import { openPostgresSessions } from './postgres.ts'
import type { Sessions, StoredPacket } from './types.ts'

const url = process.env.QUARTIER_TEST_POSTGRES
let made = 0
const newSchema = () => `sessions_${process.pid}_${++made}`

describe.skipIf(!url)('with PostgreSQL (set QUARTIER_TEST_POSTGRES to run)', () => {
  sessionsContract('PostgreSQL', async () => {
    const schema = newSchema()
    return {
      open: (options) => openPostgresSessions({ url, schema, ...options }),
      remove: () => drop(schema),
    }
  })

  describe("pass aedes' abstract persistence suite", () => {
    let opened = 0
    const schemas: string[] = []
    afterAll(async () => {
      for (const schema of schemas) await drop(schema)
    })
    abstractPersistence({
      test: (name, body) => it(name, () => withContext(body)),
      persistence: () => {
        opened++
        const schema = newSchema()
        schemas.push(schema)
        return openPostgresSessions({ url, schema })
      },
      testAsync: true,
    })
    it('ran all of it', () => expect(opened).toBeGreaterThanOrEqual(45))
  })

  describe('sessions of two gateways', () => {
    let schema: string
    let north: Sessions
    let south: Sessions
    let now = 1_000_000
    const clock = { speed: 1, now: () => now }

    beforeEach(async () => {
      schema = newSchema()
      const options = { url, schema, clock, limits: { expiryMs: 60_000, queueMessages: 1_000 } }
      north = await openPostgresSessions(options)
      south = await openPostgresSessions(options)
      await north.setup({ id: 'north', counter: 0 })
      await south.setup({ id: 'south', counter: 0 })
    })
    afterEach(async () => {
      for (const sessions of [north, south]) await sessions.destroy().catch(() => {})
      await drop(schema)
    })

    it('a subscription made at one is found at the other, and its end as well', async () => {
      await north.addSubscriptions(ANNA, [
        { topic: 'a/+', qos: 1 },
        { topic: 'b', qos: 2 },
      ])
      await expect.poll(() => south.subscriptionsByTopic('a/x')).toMatchObject([{ clientId: 'anna', qos: 1 }])
      expect(await south.subscriptionsByClient(ANNA)).toHaveLength(2)
      await south.cleanSubscriptions(ANNA)
      await expect.poll(() => north.subscriptionsByTopic('b')).toEqual([])
    })

    it('what one queues the other sends, each message once, and what one acknowledges is gone at both', async () => {
      await north.addSubscriptions(ANNA, [{ topic: '#', qos: 1 }])
      const queue = (sessions: Sessions, broker: string) =>
        Promise.all(numbers(200).map((n) => sessions.outgoingEnqueue({ clientId: 'anna' }, message(broker, n))))
      await Promise.all([queue(north, 'north'), queue(south, 'south')])
      const waiting = (await south.outgoingStream(ANNA).toArray()) as StoredPacket[]
      expect(new Set(waiting.map((p) => `${p.brokerId} ${p.brokerCounter}`)).size).toBe(400)
      await Promise.all(
        waiting.map(async (packet, i) => {
          await south.outgoingUpdate(ANNA, { ...packet, messageId: i + 1 })
          await south.outgoingClearMessageId(ANNA, { messageId: i + 1 })
        }),
      )
      expect(await north.outgoingStream(ANNA).toArray()).toEqual([])
    })

    it('many clients at both at once never block each other for good', async () => {
      const storm = async (sessions: Sessions, broker: string) => {
        for (let round = 0; round < 10; round++)
          await Promise.all(
            numbers(50).map(async (n) => {
              const id = `c${(n * 7 + round) % 20}`
              await sessions.addSubscriptions({ id }, [{ topic: `t/${n}`, qos: 1 }])
              await sessions.outgoingEnqueue({ clientId: id }, message(broker, round * 50 + n))
              await sessions.removeSubscriptions({ id }, [`t/${n}`])
            }),
          )
      }
      await Promise.all([storm(north, 'north'), storm(south, 'south')])
      const left = await Promise.all(numbers(20).map((n) => north.outgoingStream({ id: `c${n % 20}` }).toArray()))
      expect(left.flat()).toHaveLength(1000)
    })

    it('a retained message is one for all', async () => {
      const retained = (text: string) => ({ ...message('north', 1), retain: true, payload: Buffer.from(text) })
      await north.storeRetained(retained('first'))
      await south.storeRetained(retained('second'))
      const found = (await north.createRetainedStream('#').toArray()) as StoredPacket[]
      expect(found.map((p) => p.payload?.toString())).toEqual(['second'])
    })

    it('a will left at one is not taken back by the other, and is found when its gateway is gone', async () => {
      const will = () => ({ cmd: 'publish', topic: 'will', payload: Buffer.from('x'), qos: 1 })
      await north.putWill(ANNA, will())
      await south.delWill({ ...ANNA, brokerId: 'south' } as never)
      await north.destroy()
      const found = (await south.streamWill({ south: 1 }).toArray()) as StoredPacket[]
      expect(found.map((w) => [w.clientId, w.brokerId])).toEqual([['anna', 'north']])
    })

    it('a client that moved is present, whatever the gateway that it left says later', async () => {
      const listeners = new Map<string, (client: { id: string }) => void>()
      const broker = (id: string) => ({
        id,
        counter: 0,
        on: (event: string, listener: (client: { id: string }) => void) => listeners.set(`${id} ${event}`, listener),
      })
      await north.setup(broker('north'))
      await south.setup(broker('south'))
      await north.addSubscriptions(ANNA, [{ topic: 'a', qos: 1 }])
      listeners.get('south client')?.(ANNA)
      await south.addSubscriptions(ANNA, [{ topic: 'b', qos: 1 }])
      listeners.get('north clientDisconnect')?.(ANNA)
      await north.addSubscriptions(BERT, [{ topic: 'b', qos: 1 }])
      now += 61_000
      await north.expire()
      expect(await south.subscriptionsByClient(ANNA)).toHaveLength(2)
      expect(await south.subscriptionsByClient(BERT)).toEqual([])
      listeners.get('south clientDisconnect')?.(ANNA)
      await south.addSubscriptions(BERT, [{ topic: 'b', qos: 1 }])
      now += 61_000
      await north.expire()
      expect(await south.subscriptionsByClient(ANNA)).toEqual([])
    })

    it('what happens in one turn of the event loop is one commit', async () => {
      const before = north.stats.commits
      await Promise.all(numbers(500).map((n) => north.outgoingEnqueue({ clientId: `c${n % 7}` }, message('north', n))))
      expect(north.stats.commits - before).toBe(1)
      expect(north.stats.queuedMessages).toBe(500)
    })

    it('takes no more QoS 2 messages than a client may have under way', async () => {
      const large = (messageId: number) => ({ ...message('x', 1), qos: 2, messageId, payload: Buffer.alloc(400_000) })
      await Promise.all([1, 2].map((n) => north.incomingStorePacket(ANNA, large(n))))
      await expect(south.incomingStorePacket(ANNA, large(3))).rejects.toMatchObject({ code: 'SESSIONS_LIMIT' })
      await south.incomingDelPacket(ANNA, { messageId: 1 })
      await south.incomingStorePacket(ANNA, large(3))
    })

    it('names that PostgreSQL cannot hold are refused and keep nobody else out', async () => {
      const refused = expect.objectContaining({ code: 'SESSIONS_FAILED' })
      const odd = north.addSubscriptions({ id: 'a\0b' }, [{ topic: 'a', qos: 1 }])
      await expect(odd).rejects.toThrow(refused)
      await north.outgoingEnqueue({ clientId: 'anna' }, message('north', 1))
      expect(await north.outgoingStream(ANNA).toArray()).toHaveLength(1)
    })
  })
})

const ANNA = { id: 'anna' }
const BERT = { id: 'bert' }
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1)

const message = (brokerId: string, n: number): StoredPacket => ({
  cmd: 'publish',
  topic: `t/${n}`,
  payload: Buffer.from(`payload ${n}`),
  qos: 1,
  retain: false,
  dup: false,
  brokerId,
  brokerCounter: n,
})

async function drop(schema: string): Promise<void> {
  const pool = new Pool({ url }, { name: 'test', connections: 1 })
  await pool.query(`drop schema ${schema} cascade`)
  await pool.close()
}
