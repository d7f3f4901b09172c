import { randomUUID } from 'node:crypto'
import { deleteTopicsV6 } from '@platformatic/kafka'
import { expect, it } from 'vitest'
import { CONTRACT_TOPICS, eventLogContract, type LogUnderTest } from './contract.ts'
import { Client } from './kafka/client.ts'
import { openKafkaLog } from './kafka.ts'

const brokers = process.env.QUARTIER_TEST_KAFKA ?? ''

/** Topics of its own on the brokers under test, removed in the end. */
async function prepare(): Promise<LogUnderTest> {
  const prefix = `test-${randomUUID().slice(0, 8)}.`
  return {
    open: () => openKafkaLog({ brokers, prefix, topics: CONTRACT_TOPICS, patienceMs: 30_000, sessionMs: 10_000 }),
    async dispose() {
      const client = new Client({ brokers })
      const names = CONTRACT_TOPICS.map((t) => ({ name: prefix + t.name }))
      await deleteTopicsV6.api.async(await client.anyNode(), names, 10_000)
      await client.close()
    },
  }
}

if (brokers) eventLogContract('Kafka', prepare)
else
  it.skip('keeps the event log contract on Kafka (QUARTIER_TEST_KAFKA is not set)', () => expect(brokers).not.toBe(''))
