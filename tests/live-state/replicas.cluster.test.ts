import { randomUUID } from 'node:crypto'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { describe } from 'vitest'
import { replicasOfTheLiveState } from './replicas.ts'

const brokers = process.env.QUARTIER_TEST_KAFKA

describe.skipIf(!brokers)('with a broker in QUARTIER_TEST_KAFKA', () => {
  replicasOfTheLiveState('Kafka', async () => {
    const log = await openKafkaLog({ brokers: brokers as string, prefix: `replicas-${randomUUID().slice(0, 8)}.` })
    return { log, close: () => log.close() }
  })
})
