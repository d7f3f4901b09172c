import { QuartierError } from '@quartier/contracts'
import type { Batch } from './batch.ts'

/** Makes the sessions that changes need; where there are too many, those longest away give way. */
export async function begin(batch: Batch): Promise<void> {
  const wanted = new Map<string, { client: string; absent: number | null; broker: string | null }>()
  for (const change of [...batch.of('subscribe'), ...batch.of('enqueue'), ...batch.of('receive')]) {
    const { broker = null, absentAt } = change.presence
    wanted.set(change.client, { client: change.client, absent: absentAt, broker })
  }
  if (wanted.size === 0) return
  const sorted = [...wanted.values()].sort((a, b) => (a.client < b.client ? -1 : 1))
  const made = await batch.rows<{ client: string }>(
    `insert into mqtt_sessions (client, absent_at, broker)
     select client, absent, broker from json_to_recordset($1) as o (client text, absent bigint, broker text)
     on conflict (client) do nothing returning client`,
    JSON.stringify(sorted),
  )
  batch.stats.sessions += made.length
  const excess = batch.stats.sessions - batch.limits.sessions
  if (excess > 0 && made.length > 0)
    await makeRoom(
      batch,
      excess,
      made.map((row) => row.client),
    )
}

export async function presence(batch: Batch): Promise<void> {
  // A client that came to another gateway is present there, whatever the one it left says.
  const marks = batch.latest('presence', (c) => c.client)
  if (marks.length === 0) return
  await batch.rows(
    `update mqtt_sessions s set absent_at = o.absent, broker = o.broker
     from json_to_recordset($1) as o (client text, absent bigint, broker text)
     where s.client = o.client and (o.absent is null or s.broker is null or s.broker = o.broker)`,
    JSON.stringify(marks.map(({ client, presence: p }) => ({ client, absent: p.absentAt, broker: p.broker ?? null }))),
  )
}

export async function expire(batch: Batch): Promise<void> {
  for (const { before } of batch.of('expire')) {
    const ended = await end(batch, 'absent_at < $1', before)
    batch.stats.expiredSessions += ended
  }
}

export async function endEmpty(batch: Batch): Promise<void> {
  if (batch.emptied.size === 0) return
  const ended = await batch.rows<{ client: string }>(
    `delete from mqtt_sessions s where s.client = any($1)
       and not exists (select from mqtt_subscriptions x where x.client = s.client)
       and not exists (select from mqtt_outgoing x where x.client = s.client)
       and not exists (select from mqtt_incoming x where x.client = s.client)
     returning s.client`,
    [...batch.emptied].sort(),
  )
  batch.stats.sessions -= ended.length
}

async function makeRoom(batch: Batch, excess: number, made: readonly string[]): Promise<void> {
  const longest = `client in (select client from mqtt_sessions where absent_at is not null and client <> all($2)
    order by absent_at limit $1)`
  const evicted = await end(batch, longest, excess, made)
  batch.stats.evictedSessions += evicted
  const tooMany = made.slice(0, excess - evicted)
  if (tooMany.length === 0) return
  await end(batch, 'client = any($1)', tooMany)
  const refused = new Set(tooMany)
  for (const { i, kind, client } of batch.changes)
    if (
      client !== undefined &&
      refused.has(client) &&
      (kind === 'subscribe' || kind === 'enqueue' || kind === 'receive')
    )
      batch.results[i] = new QuartierError('SESSIONS_LIMIT', `keep a session for ${client}: there are too many`, {
        retriable: true,
      })
}

/** Ends sessions with all that belongs to them; resolves to how many. */
async function end(batch: Batch, condition: string, ...values: unknown[]): Promise<number> {
  const ended = await batch.rows<{ client: string; messages: number; bytes: number }>(
    `delete from mqtt_sessions where ${condition} returning client, messages, bytes`,
    ...values,
  )
  for (const { client, messages, bytes } of ended) {
    batch.resubscribed.add(client)
    batch.stats.queuedMessages -= messages
    batch.stats.queuedBytes -= bytes
  }
  batch.stats.sessions -= ended.length
  return ended.length
}
