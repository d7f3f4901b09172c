import { randomUUID } from 'node:crypto'
import { openKafkaLog } from '@quartier/contracts/event-log/kafka'
import { describe, it } from 'vitest'
import { replicasOfTheLiveState } from './replicas.ts'

const brokers = process.env.QUARTIER_TEST_KAFKA

if (brokers)
  replicasOfTheLiveState('Kafka', async () => {
    const log = await openKafkaLog({ brokers, prefix: `replicas-${randomUUID().slice(0, 8)}.` })
    return { log, close: () => log.close() }
  })
else
  describe('replicas of the live state on Kafka', () => {
    it.skip('show the same of every series (QUARTIER_TEST_KAFKA names no broker)', () => {})
  })
