/**
 * The simulated district sending as fast as it is acknowledged: `node simulator-load.ts` with a job as its first IPC
 * message. Schedule, values, encoding, connections and acknowledgements are those of the product; time is not waited for.
 */
import { silentLogger } from '@quartier/contracts/runtime'
import { createLoad } from '@quartier/simulators/load'

export interface SimulatorJob {
  readonly port: number
  readonly sensors: number
  readonly connections: number
  readonly readingsPerMessage: number
  readonly seconds: number
}

export interface SimulatorResult {
  readonly acknowledgedReadings: number
  readonly acknowledgedMessages: number
  readonly cpuSeconds: number
  readonly seconds: number
}

if (process.send) process.once('message', (job) => void run(job as SimulatorJob).then((r) => process.send?.(r)))

async function run(job: SimulatorJob): Promise<SimulatorResult> {
  const load = createLoad(
    {
      url: `mqtt://127.0.0.1:${job.port}`,
      source: 'simulated',
      sensors: job.sensors,
      seed: 31,
      intervalMs: 10_000,
      connections: job.connections,
      readingsPerMessage: job.readingsPerMessage,
      format: 'pack',
    },
    silentLogger,
  )
  await load.connected()
  await load.sendFor(1_000) // the code is compiled then
  const before = { ...load.counts() }
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await load.sendFor(job.seconds * 1_000)
  const used = process.cpuUsage(cpu)
  const seconds = (performance.now() - startedAt) / 1_000
  const after = load.counts()
  await load.close()
  return {
    acknowledgedReadings: after.acknowledgedReadings - before.acknowledgedReadings,
    acknowledgedMessages: after.acknowledgedMessages - before.acknowledgedMessages,
    cpuSeconds: (used.user + used.system) / 1e6,
    seconds,
  }
}
