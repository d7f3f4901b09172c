import type { Fault } from '../fault.ts'
import { killing } from '../kill.ts'
import { onEngines } from './engines.ts'
import { ingesters } from './ingesters.ts'
import { allBrokers, brokerDisk, network, oneBroker } from './kafka.ts'
import { rebalances } from './rebalance.ts'
import { influx, records } from './stores.ts'

export { installEngines } from './engines.ts'

const killsOn = (quick: boolean) =>
  killing({
    ...{ kills: quick ? 3 : 20, rate: quick ? 500 : 2_000, devices: 50 },
    ...{ targets: [['gateway'], ['ingest']], backMs: 20_000 },
  })

const kills: Fault = {
  name: 'kill',
  title: (options) => killsOn(options.quick).title(options),
  run: (options) => onEngines({}, options, (_, here) => killsOn(here.quick).run(here)),
}

/** What the platform must survive on Kafka, InfluxDB and PostgreSQL. */
export const CLUSTER_FAULTS: readonly Fault[] = [
  oneBroker,
  allBrokers,
  network,
  brokerDisk,
  rebalances,
  ingesters,
  influx,
  records,
  kills,
]
