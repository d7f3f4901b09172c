import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { QuartierError } from '../../errors.ts'
import type { Lock } from '../locks.ts'
import { isDisconnect, translate } from './errors.ts'
import type { Pool } from './pool.ts'

const LIMIT_MS = 60_000

/**
 * Advisory locks, apart for each `scope` of one database. Each holds a connection of its own while the work runs: the server frees it when that ends, with
 * the process or its machine. Waits up to a minute.
 * @throws QuartierError RECORDS_UNAVAILABLE, retriable also when the connection was lost while the work ran, for then
 *   another process may have begun
 */
export function advisoryLocks(pool: Pool, scope: string, limitMs = LIMIT_MS): Lock {
  const tails = new Map<string, Promise<unknown>>()

  const exclusively = async <T>(shortName: string, work: () => Promise<T>): Promise<T> => {
    const name = `${scope}/${shortName}`
    const client = await take(pool, name, performance.now() + limitMs)
    let result: T
    try {
      result = await work()
    } catch (error) {
      await give(client, name).catch(() => {})
      throw error
    }
    await give(client, name)
    return result
  }

  return (name, work) => {
    if (pool.closed) return Promise.reject(new QuartierError('RECORDS_CLOSED', `take the lock ${name}`))
    const turn = (tails.get(name) ?? Promise.resolve()).then(() => exclusively(name, work))
    const tail = turn.catch(() => {})
    tails.set(name, tail)
    void tail.then(() => tails.get(name) === tail && tails.delete(name))
    return turn
  }
}

/** Asks again and again: a call that waits in the server would hold a connection and know no limit. */
async function take(pool: Pool, name: string, giveUpAt: number): Promise<PoolClient> {
  for (let pauseMs = 2; ; pauseMs = Math.min(50, pauseMs * 2)) {
    const client = await pool.connect()
    try {
      const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [keyOf(name)])
      if (rows[0]?.taken) return client
      client.release()
    } catch (error) {
      client.release(true)
      if (!isDisconnect(error) || performance.now() > giveUpAt) throw translate(`take the lock ${name}`, error)
    }
    if (performance.now() > giveUpAt)
      throw new QuartierError('RECORDS_UNAVAILABLE', `take the lock ${name}: another process holds it`, {
        retriable: true,
      })
    await delay(pauseMs * (0.5 + Math.random()))
  }
}

async function give(client: PoolClient, name: string): Promise<void> {
  try {
    const { rows } = await client.query('select pg_advisory_unlock($1) as freed', [keyOf(name)])
    if (!rows[0]?.freed) throw new Error('the lock was not held any more')
    client.release()
  } catch (cause) {
    client.release(true)
    throw new QuartierError('RECORDS_UNAVAILABLE', `hold the lock ${name}: it was lost while the work ran`, {
      cause,
      retriable: true,
    })
  }
}

const keyOf = (name: string): string => `${createHash('sha256').update(name).digest().readBigInt64BE()}`
