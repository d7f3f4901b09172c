// What a record costs this process on Kafka, at the sizes that we write, and what the client's own producer and stream
// would cost: QUARTIER_TEST_KAFKA=host:port node contracts/src/event-log/kafka.bench.ts
import { randomUUID } from 'node:crypto'
import { Consumer, deleteTopicsV6, Producer } from '@platformatic/kafka'
import { decodeBatch, encodeBatch } from '../readings/batch.ts'
import { createColumns } from '../readings/columns.ts'
import { READINGS, TOPICS } from '../topics.ts'
import { Client } from './kafka/client.ts'
import { openKafkaLog } from './kafka.ts'

const brokers = process.env.QUARTIER_TEST_KAFKA
if (!brokers) throw new Error('set QUARTIER_TEST_KAFKA to the brokers that may be used')
const MEGABYTES = 60 // appended at each size, so that what happens once does not count
const AT_ONCE = 16
const topics = TOPICS.filter((t) => t.name === READINGS)

for (const rows of [50, 500, 5000]) {
  const value = sample(rows)
  const prefix = `bench-${randomUUID().slice(0, 8)}.`
  const count = Math.round((MEGABYTES * 1e6) / value.length)
  const few = Math.min(count, 300)
  console.log(`\n${rows} readings a record, ${value.length} bytes, ${count} records`)
  const log = await openKafkaLog({ brokers, prefix, topics })
  const append = async (i: number) => {
    await log.append(READINGS, [{ key: 'k', partition: i % 4, value: new Uint8Array(value) }], { transfer: true })
  }
  await times(50, AT_ONCE, append)
  await measure('append, one after the other', rows, few, () => times(few, 1, append))
  await measure(`append, ${AT_ONCE} at once`, rows, count, () => times(count, AT_ONCE, append))
  await theirProducer(prefix + READINGS, rows, value, few)
  const all = (await log.ranges(READINGS)).reduce((sum, r) => sum + r.next, 0)
  await measure('consume', rows, all, () => consumeAll(all, () => {}))
  await measure('consume into columns', rows, all, () => consumeAll(all, (bytes) => decodeBatch(bytes).columns.length))
  await theirStream(prefix + READINGS, rows, all)
  await log.close()
  const client = new Client({ brokers })
  await deleteTopicsV6.api.async(await client.anyNode(), [{ name: prefix + READINGS }], 10_000)
  await client.close()

  async function consumeAll(count: number, use: (bytes: Uint8Array) => void): Promise<void> {
    const stop = new AbortController()
    let seen = 0
    for await (const batch of log.consume(READINGS, 'bench', { from: 'earliest', signal: stop.signal })) {
      for (const record of batch.records) use(record.value)
      seen += batch.records.length
      if (seen >= count) stop.abort()
    }
  }
}

async function theirProducer(topic: string, rows: number, value: Uint8Array, count: number): Promise<void> {
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: [brokers as string],
    idempotent: true,
    acks: -1,
  })
  const buffer = Buffer.from(value)
  const send = async (i: number) => {
    const messages = [{ topic, partition: i % 4, key: Buffer.from('k'), value: buffer }]
    await producer.send({ messages, idempotent: true, acks: -1 })
  }
  await times(50, 1, send)
  await measure("the client's producer, one after the other", rows, count, () => times(count, 1, send))
  await measure(`the client's producer, ${AT_ONCE} at once`, rows, count, () => times(count, AT_ONCE, send))
  await producer.close()
}

async function theirStream(topic: string, rows: number, count: number): Promise<void> {
  const options = { clientId: 'bench', groupId: randomUUID(), bootstrapBrokers: [brokers as string], autocommit: false }
  const consumer = new Consumer(options)
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 500 })
  await measure("the client's stream", rows, count, async () => {
    let seen = 0
    for await (const _message of stream) if (++seen >= count) break
  })
  await consumer.close(true)
}

/** Runs `work` `count` times, never more than `atOnce` of them at a time. */
async function times(count: number, atOnce: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const run = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, run))
}

async function measure(name: string, rows: number, records: number, work: () => Promise<unknown>): Promise<void> {
  const before = process.cpuUsage()
  const began = performance.now()
  await work()
  const { user, system } = process.cpuUsage(before)
  const each = (user + system) / records
  const rate = ((rows / each) * 1e6).toExponential(1)
  const wall = ((performance.now() - began) / records).toFixed(2)
  console.log(
    `${name.padEnd(44)} ${each.toFixed(0).padStart(5)} µs CPU a record, ${rate} readings per CPU-second, ${wall} ms`,
  )
}

function sample(rows: number): Uint8Array {
  const columns = createColumns(rows)
  columns.length = rows
  for (let i = 0; i < rows; i++) {
    columns.seriesLo[i] = Math.random() * 2 ** 32
    columns.seriesHi[i] = Math.random() * 2 ** 32
    columns.measuredAt[i] = 1.77e12 + i
    columns.receivedAt[i] = 1.77e12 + 20
    columns.value[i] = Math.random() * 100
  }
  return encodeBatch({ columns, counts: [] })
}
