import { packetBytes } from '../../packets.ts'
import { fromQueue, type PacketRow, toJson } from '../rows.ts'
import type { Batch } from './batch.ts'

interface Gone {
  readonly client: string
  readonly bytes: number
}

/** Takes rows that were deleted (`gone`) off what their sessions count. */
const UNCOUNT = `
  per as (select client, count(*) as n, sum(bytes) as b from gone group by client),
  counted as (update mqtt_sessions s set messages = s.messages - per.n, bytes = s.bytes - per.b
    from per where s.client = per.client)`

/** The queues of clients that are away or slow: adds, numbers, takes off, and drops the oldest of what is too much. */
export async function outgoing(batch: Batch): Promise<void> {
  await enqueue(batch)
  await update(batch)
  await clear(batch)
  const excess = batch.stats.queuedBytes - batch.limits.totalQueueBytes
  if (excess > 0) await dropOldest(batch, excess)
}

async function enqueue(batch: Batch): Promise<void> {
  const added = batch.of('enqueue')
  if (added.length === 0) return
  const rows = added.map(({ i, client, packet }) => {
    const { messageId, ...rest } = packet
    const { brokerId: broker = null, brokerCounter: counter = null } = packet
    return { i, client, broker, counter, bytes: packetBytes(packet), ...toJson(rest) }
  })
  // One message twice for one client, or once more after a commit of which no answer came, is one message.
  const queues = await batch.rows<{ client: string; n: number; b: number; messages: number; bytes: number }>(
    `with added as (
       insert into mqtt_outgoing (client, broker, counter, bytes, head, payload)
       select client, broker, counter, bytes, head, decode(payload, 'base64') from json_to_recordset($1)
         as o (i int, client text, broker text, counter bigint, bytes int, head text, payload text) order by i
       on conflict do nothing returning client, bytes),
     per as (select client, count(*) as n, sum(bytes) as b from added group by client)
     update mqtt_sessions s set messages = s.messages + per.n, bytes = s.bytes + per.b
     from per where s.client = per.client returning s.client, per.n, per.b, s.messages, s.bytes`,
    JSON.stringify(rows),
  )
  const { queueMessages, queueBytes } = batch.limits
  const full: string[] = []
  for (const q of queues) {
    batch.stats.queuedMessages += q.n
    batch.stats.queuedBytes += Number(q.b)
    if (q.messages > queueMessages || q.bytes > queueBytes) full.push(q.client)
  }
  if (full.length > 0) await trim(batch, full)
}

async function update(batch: Batch): Promise<void> {
  const updates = batch.of('update')
  const named = updates.filter((c) => c.packet.brokerId !== undefined)
  const rest = updates.filter((c) => c.packet.brokerId === undefined)
  const found: { i: number }[] = []
  if (named.length > 0)
    found.push(
      ...(await batch.rows<{ i: number }>(
        `update mqtt_outgoing m set message_id = o.id
         from json_to_recordset($1) as o (i int, client text, broker text, counter bigint, id int)
         where m.client = o.client and m.broker = o.broker and m.counter = o.counter returning o.i`,
        JSON.stringify(
          named.map(({ i, client, packet: p }) => ({
            i,
            client,
            broker: p.brokerId,
            counter: p.brokerCounter,
            id: p.messageId,
          })),
        ),
      )),
    )
  if (rest.length > 0)
    found.push(
      ...(await batch.rows<{ i: number }>(
        `update mqtt_outgoing m set head = o.head, payload = decode(o.payload, 'base64'), broker = null, counter = null
         from json_to_recordset($1) as o (i int, client text, id int, head text, payload text)
         where m.client = o.client and m.message_id = o.id returning o.i`,
        JSON.stringify(rest.map(({ i, client, packet }) => ({ i, client, id: packet.messageId, ...toJson(packet) }))),
      )),
    )
  for (const { i } of found) batch.results[i] = true
}

async function clear(batch: Batch): Promise<void> {
  const cleared = batch.of('clear')
  if (cleared.length === 0) return
  const asked = cleared.map(({ i, client, packet: p }) => ({
    i,
    client,
    id: p.messageId ?? null,
    broker: p.messageId ? null : p.brokerId,
    counter: p.messageId ? null : p.brokerCounter,
  }))
  const gone = await batch.rows<Gone & PacketRow & { i: number }>(
    `with gone as (
       delete from mqtt_outgoing m
       using json_to_recordset($1) as o (i int, client text, id int, broker text, counter bigint)
       where m.client = o.client
         and (m.message_id = o.id or (o.id is null and m.broker = o.broker and m.counter = o.counter))
       returning o.i, m.client, m.bytes, m.message_id, m.head, m.payload),
     ${UNCOUNT}
     select * from gone`,
    JSON.stringify(asked),
  )
  for (const row of gone) {
    batch.results[row.i] = fromQueue(row)
    batch.emptied.add(row.client)
  }
  uncount(batch, gone)
}

async function trim(batch: Batch, clients: readonly string[]): Promise<void> {
  const { queueMessages, queueBytes } = batch.limits
  const gone = await batch.rows<Gone>(
    `with ranked as (
       select seq, row_number() over newest as place, sum(bytes) over newest as bytes from mqtt_outgoing
       where client = any($1) window newest as (partition by client order by seq desc)),
     gone as (delete from mqtt_outgoing where seq in (select seq from ranked where place > $2 or bytes > $3)
       returning client, bytes),
     ${UNCOUNT}
     select * from gone`,
    clients,
    queueMessages,
    queueBytes,
  )
  drop(batch, gone)
}

/** Makes room for `excess` bytes; at most some thousand messages at once. */
async function dropOldest(batch: Batch, excess: number): Promise<void> {
  const gone = await batch.rows<Gone>(
    `with oldest as (select seq, sum(bytes) over (order by seq) - bytes as before
       from (select seq, bytes from mqtt_outgoing order by seq limit 5000) as first),
     gone as (delete from mqtt_outgoing where seq in (select seq from oldest where before < $1)
       returning client, bytes),
     ${UNCOUNT}
     select * from gone`,
    excess,
  )
  drop(batch, gone)
}

function uncount(batch: Batch, gone: readonly Gone[]): void {
  batch.stats.queuedMessages -= gone.length
  for (const { bytes } of gone) batch.stats.queuedBytes -= bytes
}

function drop(batch: Batch, gone: readonly Gone[]): void {
  uncount(batch, gone)
  batch.stats.droppedMessages += gone.length
  for (const { bytes } of gone) batch.stats.droppedBytes += bytes
}
