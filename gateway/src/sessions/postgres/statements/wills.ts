import { fromRow, type PacketRow, toJson } from '../rows.ts'
import type { Batch } from './batch.ts'

export async function wills(batch: Batch): Promise<void> {
  for (const change of batch.of('no-will')) {
    const [row] = await batch.rows<PacketRow>(
      'delete from mqtt_wills where client = $1 and ($2::text is null or broker = $2) returning head, payload',
      change.client,
      change.broker ?? null,
    )
    batch.results[change.i] = row && fromRow(row)
  }
  const put = batch.latest('will', (c) => `${c.client}\0${c.broker}`)
  if (put.length > 0)
    await batch.rows(
      `insert into mqtt_wills (client, broker, head, payload) select client, broker, head, decode(payload, 'base64')
       from json_to_recordset($1) as o (client text, broker text, head text, payload text)
       on conflict (client, broker) do update set head = excluded.head, payload = excluded.payload`,
      JSON.stringify(put.map(({ client, broker, packet }) => ({ client, broker, ...toJson(packet) }))),
    )
}
