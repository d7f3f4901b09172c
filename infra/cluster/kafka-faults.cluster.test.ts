import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openKafkaLog } from '../../contracts/src/event-log/kafka.ts'
import type { EventLog } from '../../contracts/src/event-log/port.ts'
import type { TopicDeclaration } from '../../contracts/src/topics.ts'
import { type KafkaCluster, start } from './kafka.ts'

const ready = process.env.QUARTIER_TEST_KAFKA !== undefined // Kafka is installed
const faults = process.env.QUARTIER_TEST_FAULTS !== undefined
const STREAM: TopicDeclaration = { name: 'faults.stream', partitions: 3, cleanup: 'delete' }

describe.skipIf(!ready)('Kafka brokers that go away (set QUARTIER_TEST_KAFKA to run)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-kafka-'))
  let cluster: KafkaCluster | undefined
  const logs: EventLog[] = []
  const open = async (): Promise<EventLog> => {
    const log = await openKafkaLog({
      brokers: (cluster as KafkaCluster).bootstrap,
      topics: [STREAM],
      sessionMs: 10_000,
    })
    logs.push(log)
    return log
  }
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close()
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  }, 120_000)

  it('loses and repeats nothing that was acknowledged when the only broker stalls and is killed in mid-stream', async () => {
    cluster = await start({ folder, brokers: 1 })
    const [broker] = cluster.brokers
    const stream = startStream(await open(), await open())
    await stream.acknowledged(300)
    await stall(broker?.pid ?? 0, 4_000) // requests time out, are repeated, and arrive twice
    await stream.acknowledged(stream.count() + 300)
    await broker?.stop('SIGKILL')
    const before = stream.count()
    await broker?.start()
    await stream.acknowledged(before + 300)
    await stream.balance(await open())
  }, 300_000)

  it.skipIf(!faults)(
    'goes on with two of three brokers, losing and repeating nothing (needs --faults)',
    async () => {
      cluster = await start({ folder, brokers: 3 })
      const stream = startStream(await open(), await open())
      await stream.acknowledged(300)
      const victim = cluster.brokers[0]
      await victim?.stop('SIGKILL')
      await stream.acknowledged(stream.count() + 600)
      await victim?.start()
      await stream.acknowledged(stream.count() + 300)
      await stream.balance(await open())
    },
    600_000,
  )
})

/** Appends numbered records without a pause, and consumes them as a member of a group, through whatever happens. */
function startStream(writer: EventLog, reader: EventLog) {
  const stop = new AbortController()
  const done = new AbortController()
  const acked: { partition: number; offset: number; number: number }[] = []
  const consumed = new Map<string, number>()
  let failure: unknown
  const write = async () => {
    for (let number = 0; !stop.signal.aborted; number++) {
      const value = new Uint8Array(Uint32Array.of(number).buffer)
      const records = [0, 1, 2].map((partition) => ({ key: `${number}`, partition, value }))
      for (const at of await writer.append(STREAM.name, records)) acked.push({ ...at, number })
      await new Promise((go) => setTimeout(go, 2))
    }
  }
  const read = async () => {
    for await (const batch of reader.consume(STREAM.name, 'follower', { signal: done.signal })) {
      for (const r of batch.records) consumed.set(`${r.partition}/${r.offset}`, numberOf(r.value))
      await batch.commit()
    }
  }
  const note = (error: unknown) => {
    failure = error
  }
  const [writing, reading] = [write().catch(note), read().catch(note)]
  const holds = async (condition: () => boolean) => {
    await expect.poll(() => failure !== undefined || condition(), { timeout: 180_000, interval: 50 }).toBe(true)
    if (failure) throw failure
  }
  return {
    count: () => acked.length,
    acknowledged: (count: number) => holds(() => acked.length >= count),
    /** Compares what was acknowledged, what the log holds and what the consumer saw. */
    async balance(log: EventLog) {
      stop.abort()
      await writing
      await holds(() => acked.every((a) => consumed.has(`${a.partition}/${a.offset}`)))
      done.abort()
      await reading
      for (const { partition, next } of await log.ranges(STREAM.name)) {
        const held = (await log.read(STREAM.name, { partition, offset: 0 }, next)).map((r) => numberOf(r.value))
        expect(held).toEqual(Array.from({ length: held.length }, (_, i) => i))
        expect(held.length).toBe(acked.filter((a) => a.partition === partition).length)
      }
      expect(acked.every((a) => consumed.get(`${a.partition}/${a.offset}`) === a.number)).toBe(true)
    },
  }
}

async function stall(pid: number, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  try {
    await new Promise((go) => setTimeout(go, ms))
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

const numberOf = (value: Uint8Array): number => new DataView(value.buffer, value.byteOffset).getUint32(0, true)
