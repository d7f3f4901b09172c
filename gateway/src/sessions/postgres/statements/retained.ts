import { packetBytes } from '../../packets.ts'
import { toJson } from '../rows.ts'
import type { Batch } from './batch.ts'

interface Gone {
  readonly bytes: number
}

/** Keeps the last retained message of each topic, takes empty ones away, and the oldest when there are too many. */
export async function retained(batch: Batch): Promise<void> {
  const latest = batch.latest('retain', (c) => c.packet.topic as string)
  const put = latest.filter((c) => c.packet.payload?.length)
  const removed = latest.filter((c) => !c.packet.payload?.length).map((c) => c.packet.topic)
  if (removed.length > 0)
    unretain(batch, await batch.rows('delete from mqtt_retained where topic = any($1) returning bytes', removed))
  if (put.length === 0) return
  const before = await batch.rows<Gone>(
    'select bytes from mqtt_retained where topic = any($1)',
    put.map((c) => c.packet.topic),
  )
  unretain(batch, before)
  const rows = put.map(({ packet }) => ({
    topic: packet.topic,
    client: packet.clientId ?? null,
    bytes: packetBytes(packet),
    ...toJson(packet),
  }))
  await batch.rows(
    `insert into mqtt_retained (topic, client, bytes, head, payload)
     select topic, client, bytes, head, decode(payload, 'base64')
     from json_to_recordset($1) as o (topic text, client text, bytes int, head text, payload text)
     on conflict (topic) do update set seq = excluded.seq, client = excluded.client, bytes = excluded.bytes,
       head = excluded.head, payload = excluded.payload`,
    JSON.stringify(rows),
  )
  for (const { bytes } of rows) retain(batch, bytes)
  await boundRetained(batch, [...new Set(rows.flatMap((row) => row.client ?? []))])
}

async function boundRetained(batch: Batch, clients: readonly string[]): Promise<void> {
  const { retainedMessages, retainedBytes, retainedPerClient } = batch.limits
  const drop = async (sql: string, ...values: unknown[]) => {
    const gone = await batch.rows<Gone>(sql, ...values)
    unretain(batch, gone)
    batch.stats.droppedRetained += gone.length
  }
  if (clients.length > 0)
    await drop(
      `delete from mqtt_retained where topic in (select topic from (
         select topic, row_number() over (partition by client order by seq desc) as place
         from mqtt_retained where client = any($1)) as own where place > $2) returning bytes`,
      clients,
      retainedPerClient,
    )
  while (batch.stats.retainedMessages > retainedMessages || batch.stats.retainedBytes > retainedBytes) {
    const excess = Math.max(1, batch.stats.retainedMessages - retainedMessages)
    const before = batch.stats.retainedMessages
    await drop(
      'delete from mqtt_retained where topic in (select topic from mqtt_retained order by seq limit $1) returning bytes',
      excess,
    )
    if (batch.stats.retainedMessages === before) break
  }
}

function retain(batch: Batch, bytes: number): void {
  batch.stats.retainedMessages++
  batch.stats.retainedBytes += bytes
}

function unretain(batch: Batch, gone: readonly Gone[]): void {
  batch.stats.retainedMessages -= gone.length
  for (const { bytes } of gone) batch.stats.retainedBytes -= bytes
}
