import { QuartierError } from '@quartier/contracts'
import { packetBytes } from '../../packets.ts'
import { toJson } from '../rows.ts'
import type { Batch } from './batch.ts'

export async function incoming(batch: Batch): Promise<void> {
  await refuseExcess(batch)
  const put = batch.latest('receive', (c) => `${c.client}\0${c.packet.messageId}`)
  if (put.length > 0)
    await batch.rows(
      `insert into mqtt_incoming (client, message_id, head, payload)
       select client, id, head, decode(payload, 'base64')
       from json_to_recordset($1) as o (client text, id int, head text, payload text)
       on conflict (client, message_id) do update set head = excluded.head, payload = excluded.payload`,
      JSON.stringify(put.map(({ client, packet }) => ({ client, id: packet.messageId, ...toJson(packet) }))),
    )
  const released = batch.of('release')
  if (released.length > 0) {
    const gone = await batch.rows<{ i: number }>(
      `delete from mqtt_incoming m using json_to_recordset($1) as o (i int, client text, id int)
       where m.client = o.client and m.message_id = o.id returning o.i`,
      JSON.stringify(released.map(({ i, client, messageId: id }) => ({ i, client, id }))),
    )
    for (const { i } of gone) batch.results[i] = true
  }
  const all = batch.of('release-all').map((c) => c.client)
  if (all.length > 0) await batch.rows('delete from mqtt_incoming where client = any($1)', all)
  for (const c of [...released.map((r) => r.client), ...all]) batch.emptied.add(c)
}

/** Takes no QoS 2 message of a client for which too much awaits its release. */
async function refuseExcess(batch: Batch): Promise<void> {
  const received = batch.of('receive')
  if (received.length === 0) return
  const rows = await batch.rows<{ client: string; bytes: number }>(
    `select client, sum(200 + coalesce(octet_length(payload), 0))::float as bytes from mqtt_incoming
     where client = any($1) group by client`,
    [...new Set(received.map((c) => c.client))],
  )
  const held = new Map(rows.map((row) => [row.client, row.bytes]))
  for (const { i, client, packet } of received) {
    const bytes = (held.get(client) ?? 0) + packetBytes(packet)
    if (bytes <= batch.limits.incomingBytes) held.set(client, bytes)
    else
      batch.results[i] = new QuartierError(
        'SESSIONS_LIMIT',
        `keep a message of ${client}: too much awaits its release`,
        { retriable: true },
      )
  }
}
