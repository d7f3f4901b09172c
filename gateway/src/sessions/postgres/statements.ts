import type { PoolClient } from '@quartier/contracts/postgres'
import type { SessionLimits, SessionStats } from '../types.ts'
import type { Change, Of } from './changes.ts'
import { Batch } from './statements/batch.ts'
import { incoming } from './statements/incoming.ts'
import { outgoing } from './statements/outgoing.ts'
import { retained } from './statements/retained.ts'
import { begin, endEmpty, expire, presence } from './statements/sessions.ts'
import { subscriptions } from './statements/subscriptions.ts'
import { wills } from './statements/wills.ts'
import type { Outcome } from './writer.ts'

/**
 * Writes changes within the transaction that `client` has begun: kind by kind, so that each kind is one statement.
 * That keeps the order of what depends on each other, since a caller waits for one change before it asks for the next.
 */
export async function apply(
  client: PoolClient,
  changes: readonly Change[],
  limits: SessionLimits,
  stats: Readonly<SessionStats>,
): Promise<Outcome> {
  const batch = new Batch(client, changes, limits, { ...stats })
  if (changes.every(mayBeRepeated)) await client.query('set local synchronous_commit = off')
  await begin(batch)
  await subscriptions(batch)
  await outgoing(batch)
  await incoming(batch)
  await wills(batch)
  await retained(batch)
  await presence(batch)
  await expire(batch)
  await endEmpty(batch)
  return { results: batch.results, resubscribed: [...batch.resubscribed], stats: batch.stats }
}

/** What a crash may undo: a QoS 1 message is then sent once more. */
const mayBeRepeated = ({ kind, ...change }: Change): boolean =>
  kind === 'clear' || (kind === 'update' && (change as Of<'update'>).packet.qos === 1)
