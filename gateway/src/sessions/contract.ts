import { type Clock, scaledClock } from '@quartier/contracts/runtime'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionLimits, Sessions, StoredPacket } from './types.ts'

/** One place where sessions are kept; opened, closed and opened again by the suite. */
export interface SessionsPlace {
  open(options?: { limits?: Partial<SessionLimits>; clock?: Clock }): Promise<Sessions>
  /** Throws away what was kept. */
  remove(): Promise<void>
}

/** What the gateway relies on beyond aedes' own suite: nothing acknowledged is lost, and everything is bounded. */
export function sessionsContract(name: string, makePlace: () => Promise<SessionsPlace>): void {
  describe(`sessions: ${name}`, () => {
    let place: SessionsPlace
    let sessions: Sessions
    const open = async (options?: Parameters<SessionsPlace['open']>[0]) => {
      sessions = await place.open(options)
      await sessions.setup({ id: 'broker-1', counter: 0 })
      return sessions
    }
    const reopen = async (options?: Parameters<SessionsPlace['open']>[0]) => {
      await sessions.destroy()
      return open(options)
    }
    beforeEach(async () => {
      place = await makePlace()
    })
    afterEach(async () => {
      await sessions.destroy().catch(() => {})
      await place.remove()
    })

    describe('after a restart', () => {
      it('subscriptions are there and found by topic', async () => {
        await open()
        await sessions.addSubscriptions(ANNA, [
          { topic: 'a/+', qos: 1, rh: 1, rap: true, nl: false },
          { topic: 'b/#', qos: 2, subscriptionIdentifier: 7 },
          { topic: 'c', qos: 0 },
          { topic: 'gone', qos: 1 },
        ])
        await sessions.removeSubscriptions(ANNA, ['gone'])
        await reopen()
        const filters = (await sessions.subscriptionsByClient(ANNA)).map((s) => [s.topic, s.qos])
        expect(filters.sort()).toEqual([
          ['a/+', 1],
          ['b/#', 2],
          ['c', 0],
        ])
        expect(await sessions.subscriptionsByTopic('a/x')).toMatchObject([
          { clientId: 'anna', topic: 'a/+', qos: 1, rh: 1, rap: true, nl: false },
        ])
        expect(await sessions.subscriptionsByTopic('gone')).toEqual([])
        expect(await sessions.countOffline()).toEqual({ subsCount: 2, clientsCount: 1 })
      })

      it('queued messages are there in order, each with its bytes', async () => {
        await open()
        for (let n = 1; n <= 5; n++) await sessions.outgoingEnqueueCombi([ANNA_SUB, BERT_SUB], message(n))
        const first = { ...message(1), messageId: 11 }
        await sessions.outgoingUpdate(ANNA, first)
        await sessions.outgoingClearMessageId(ANNA, first)
        await reopen()
        expect(await queueOf(sessions, 'anna')).toEqual([2, 3, 4, 5])
        expect(await queueOf(sessions, 'bert')).toEqual([1, 2, 3, 4, 5])
        await sessions.outgoingEnqueue(ANNA_SUB, message(6))
        expect(await queueOf(sessions, 'anna')).toEqual([2, 3, 4, 5, 6])
      })

      it('a QoS 2 handshake goes on where it was', async () => {
        await open()
        await sessions.outgoingEnqueue(ANNA_SUB, { ...message(1), qos: 2 })
        await sessions.outgoingEnqueue(ANNA_SUB, { ...message(2), qos: 2 })
        await sessions.outgoingUpdate(ANNA, { ...message(1), qos: 2, messageId: 31 })
        await sessions.outgoingUpdate(ANNA, { ...message(2), qos: 2, messageId: 32 })
        await sessions.outgoingUpdate(ANNA, { cmd: 'pubrel', messageId: 31 })
        await sessions.incomingStorePacket(ANNA, { ...message(9), qos: 2, messageId: 77 })
        await sessions.incomingStorePacket(ANNA, { ...message(9), qos: 2, messageId: 78 })
        await sessions.incomingDelPacket(ANNA, { messageId: 78 })
        await reopen()
        const packets = (await sessions.outgoingStream(ANNA).toArray()) as StoredPacket[]
        expect(packets.map((p) => [p.cmd, p.messageId])).toEqual([
          ['pubrel', 31],
          ['publish', 32],
        ])
        expect(await sessions.incomingGetPacket(ANNA, { messageId: 77 })).toMatchObject({ topic: 't/9', qos: 2 })
        await expect(sessions.incomingGetPacket(ANNA, { messageId: 78 })).rejects.toThrow()
      })

      it('retained messages and wills are there, the removed ones not', async () => {
        await open()
        await sessions.storeRetained({ ...message(1), retain: true })
        await sessions.storeRetained({ ...message(2), retain: true })
        await sessions.storeRetained({ ...message(2), retain: true, payload: Buffer.from([0, 255]) })
        await sessions.storeRetained({ ...message(1), retain: true, payload: Buffer.alloc(0) })
        await sessions.putWill(ANNA, { cmd: 'publish', topic: 'will/anna', payload: Buffer.from('x'), qos: 1 })
        await sessions.putWill({ id: 'bert' }, { cmd: 'publish', topic: 'will/bert', payload: Buffer.from('x') })
        await sessions.delWill({ id: 'bert' })
        await reopen()
        const retained = (await sessions.createRetainedStream('#').toArray()) as StoredPacket[]
        expect(retained.map((p) => [p.topic, [...(p.payload as Buffer)]])).toEqual([['t/2', [0, 255]]])
        const wills = (await sessions.streamWill().toArray()) as StoredPacket[]
        expect(wills.map((w) => [w.clientId, w.topic, w.brokerId])).toEqual([['anna', 'will/anna', 'broker-1']])
      })

      it('a broker of the same id gives no number that a stored packet has', async () => {
        await open()
        await sessions.outgoingEnqueue(ANNA_SUB, message(41))
        await reopen()
        const broker = { id: 'broker-1', counter: 0 }
        await sessions.setup(broker)
        expect(broker.counter).toBe(41)
      })
    })

    describe('is bounded', () => {
      it('in the messages that wait for one client: the oldest are dropped and counted', async () => {
        await open({ limits: { queueMessages: 3 } })
        for (let n = 1; n <= 5; n++) await sessions.outgoingEnqueueCombi([ANNA_SUB, BERT_SUB], message(n))
        await sessions.outgoingEnqueue({ clientId: 'carl' }, message(6))
        expect(await queueOf(sessions, 'anna')).toEqual([3, 4, 5])
        expect(sessions.stats).toMatchObject({ droppedMessages: 4, queuedMessages: 7 })
        await reopen({ limits: { queueMessages: 3 } })
        expect(await queueOf(sessions, 'anna')).toEqual([3, 4, 5])
        expect(sessions.stats.queuedMessages).toBe(7)
      })

      it('in the bytes that wait for one client and for all', async () => {
        await open({ limits: { queueBytes: 5_000, totalQueueBytes: 8_000 } })
        const large = (n: number) => ({ ...message(n), payload: Buffer.alloc(2_000, 1) })
        for (let n = 1; n <= 3; n++) await sessions.outgoingEnqueue(ANNA_SUB, large(n))
        expect(await queueOf(sessions, 'anna')).toEqual([2, 3])
        for (let n = 4; n <= 5; n++) await sessions.outgoingEnqueue(BERT_SUB, large(n))
        expect(await queueOf(sessions, 'anna')).toEqual([3])
        expect(await queueOf(sessions, 'bert')).toEqual([4, 5])
        expect(sessions.stats).toMatchObject({ droppedMessages: 2, queuedMessages: 3 })
        expect(sessions.stats.queuedBytes).toBeLessThanOrEqual(8_000)
      })

      it('in retained messages, of all and of one client', async () => {
        await open({ limits: { retainedMessages: 4, retainedPerClient: 2 } })
        for (let n = 1; n <= 3; n++) await sessions.storeRetained({ ...message(n), retain: true, clientId: 'anna' })
        for (let n = 4; n <= 6; n++) await sessions.storeRetained({ ...message(n), retain: true })
        const topics = async () =>
          ((await sessions.createRetainedStream('t/+').toArray()) as StoredPacket[]).map((p) => p.topic)
        expect(await topics()).toEqual(['t/3', 't/4', 't/5', 't/6'])
        expect(sessions.stats).toMatchObject({ droppedRetained: 2, retainedMessages: 4 })
        await reopen()
        expect((await topics()).sort()).toEqual(['t/3', 't/4', 't/5', 't/6'])
      })

      it('in sessions: the one longest away gives way', async () => {
        let now = 1_000
        const clock = { ...scaledClock({ originAt: 0, startedAt: 0, speed: 1 }), now: () => now }
        await open({ clock, limits: { sessions: 2 } })
        for (const id of ['anna', 'bert', 'carl']) {
          now += 1_000
          await sessions.addSubscriptions({ id }, [{ topic: 'a', qos: 1 }])
        }
        expect(((await sessions.getClientList('a').toArray()) as string[]).sort()).toEqual(['bert', 'carl'])
        expect(sessions.stats).toMatchObject({ sessions: 2, evictedSessions: 1 })
      })

      it('in time: a session whose client stays away ends, with all that waited for it', async () => {
        let now = 1_000_000
        const clock = { speed: 1, now: () => now }
        await open({ clock, limits: { expiryMs: 60_000 } })
        await sessions.addSubscriptions(ANNA, [{ topic: 'a', qos: 1 }])
        await sessions.outgoingEnqueue(ANNA_SUB, message(1))
        now += 59_000
        await reopen({ clock, limits: { expiryMs: 60_000 } })
        await sessions.expire()
        expect(await queueOf(sessions, 'anna')).toEqual([1])
        now += 2_000
        await sessions.expire()
        expect(await queueOf(sessions, 'anna')).toEqual([])
        expect(sessions.stats).toMatchObject({ expiredSessions: 1, sessions: 0, queuedMessages: 0, queuedBytes: 0 })
        await reopen({ clock })
        expect(await sessions.subscriptionsByClient(ANNA)).toEqual([])
      })
    })

    it('keeps the session of a client that is connected, however long', async () => {
      let now = 1_000
      const listeners = new Map<string, (client: { id: string }) => void>()
      sessions = await place.open({ clock: { speed: 1, now: () => now }, limits: { expiryMs: 60_000 } })
      await sessions.setup({
        id: 'b',
        counter: 0,
        clients: { anna: {} },
        on: (event, listener) => listeners.set(event, listener),
      })
      await sessions.addSubscriptions(ANNA, [{ topic: 'a', qos: 1 }])
      now += 600_000
      await sessions.expire()
      expect(sessions.stats.sessions).toBe(1)
      listeners.get('clientDisconnect')?.(ANNA)
      now += 50_000
      listeners.get('client')?.(ANNA)
      now += 600_000
      await sessions.expire()
      expect(sessions.stats.sessions).toBe(1)
      listeners.get('clientDisconnect')?.(ANNA)
      now += 61_000
      await sessions.expire()
      expect(sessions.stats.sessions).toBe(0)
    })

    it('keeps nothing on disk of the QoS 2 handshakes of a clean session', async () => {
      await open()
      await sessions.incomingStorePacket({ id: 'anna', clean: true }, { ...message(1), qos: 2, messageId: 5 })
      expect(await sessions.incomingGetPacket(ANNA, { messageId: 5 })).toMatchObject({ topic: 't/1' })
      await reopen()
      await expect(sessions.incomingGetPacket(ANNA, { messageId: 5 })).rejects.toThrow()
    })

    it('hides topics that begin with $ from wildcards at the beginning', async () => {
      await open()
      await sessions.storeRetained({ ...message(1), topic: '$SYS/x', retain: true })
      expect(await sessions.createRetainedStream('#').toArray()).toHaveLength(0)
      expect(await sessions.createRetainedStream('+/x').toArray()).toHaveLength(0)
      expect(await sessions.createRetainedStream('$SYS/#').toArray()).toHaveLength(1)
    })

    it('refuses changes after it was closed', async () => {
      await open()
      await sessions.destroy()
      const closed = expect.objectContaining({ code: 'SESSIONS_CLOSED' })
      await expect(sessions.storeRetained({ ...message(1), retain: true })).rejects.toThrow(closed)
      await expect(sessions.outgoingEnqueue(ANNA_SUB, message(1))).rejects.toThrow(closed)
      await expect(sessions.destroy()).rejects.toThrow(closed)
    })
  })
}

const ANNA = { id: 'anna' }
const ANNA_SUB = { clientId: 'anna' }
const BERT_SUB = { clientId: 'bert' }

const message = (n: number): StoredPacket => ({
  cmd: 'publish',
  topic: `t/${n}`,
  payload: Buffer.from(`payload ${n}`),
  qos: 1,
  retain: false,
  dup: false,
  brokerId: 'broker-1',
  brokerCounter: n,
})

async function queueOf(sessions: Sessions, client: string): Promise<number[]> {
  const packets = (await sessions.outgoingStream({ id: client }).toArray()) as StoredPacket[]
  return packets.map((p) => p.brokerCounter as number)
}
