import type { Of } from '../changes.ts'
import type { Batch } from './batch.ts'

export async function subscriptions(batch: Batch): Promise<void> {
  const put = batch.latest('subscribe', (c) => `${c.client}\0${c.subscription.topic}`)
  if (put.length > 0)
    await batch.rows(
      `insert into mqtt_subscriptions (client, filter, qos, options)
       select client, filter, qos, options
       from json_to_recordset($1) as o (client text, filter text, qos int, options text)
       on conflict (client, filter) do update set qos = excluded.qos, options = excluded.options`,
      JSON.stringify(put.map((c) => ({ client: c.client, filter: c.subscription.topic, ...optionsOf(c) }))),
    )
  const one = batch.of('unsubscribe')
  if (one.length > 0)
    await batch.rows(
      `delete from mqtt_subscriptions s using json_to_recordset($1) as o (client text, filter text)
       where s.client = o.client and s.filter = o.filter`,
      JSON.stringify(one.map(({ client, filter }) => ({ client, filter }))),
    )
  const all = batch.of('unsubscribe-all').map((c) => c.client)
  if (all.length > 0) await batch.rows('delete from mqtt_subscriptions where client = any($1)', all)
  for (const c of [...put, ...one]) batch.resubscribed.add(c.client)
  for (const c of all) batch.resubscribed.add(c)
  for (const c of [...one.map((u) => u.client), ...all]) batch.emptied.add(c)
}

function optionsOf({ subscription }: Of<'subscribe'>): { qos: number; options: string } {
  const { qos, rh, rap, nl, subscriptionIdentifier } = subscription
  return { qos, options: JSON.stringify({ rh, rap, nl, subscriptionIdentifier }) }
}
