import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isRunning } from '../../../infra/cluster/cache.ts'
import type { KafkaBroker, KafkaCluster } from '../../../infra/cluster/kafka.ts'
import type { Toxic } from '../../../infra/cluster/toxiproxy.ts'
import type { Fault } from '../fault.ts'
import { skipped } from '../findings.ts'
import { canMount, mount, unmount } from '../small-disk.ts'
import { until } from '../support.ts'
import { underLoad } from '../under-load.ts'
import { onEngines } from './engines.ts'

const rateOf = (quick: boolean): number => (quick ? 500 : 2_000)
const loadOf = (quick: boolean, rate = rateOf(quick)) => ({ devices: 50, memory: 400e6, rate })

/** Each broker in turn is killed and comes back; the two others go on. */
export const oneBroker: Fault = {
  name: 'broker',
  title: ({ quick }) =>
    `one broker of three killed, ${quick ? 'once' : 'each in turn'}, under ${rateOf(quick)} readings/s`,
  run: (options) =>
    onEngines({ brokers: 3 }, options, ({ kafka }, here) =>
      underLoad(here, loadOf(here.quick), async ({ acknowledged, noteTimes }) => {
        const { quick } = here
        await wait(quick ? 1_000 : 5_000)
        noteTimes('before')
        for (const broker of quick ? kafka.brokers.slice(0, 1) : kafka.brokers) {
          await broker.stop('SIGKILL')
          const before = acknowledged()
          await until('acknowledgements with two brokers', 60_000, () => acknowledged() > before + 1_000)
          await wait(quick ? 2_000 : 20_000)
          noteTimes(`while broker ${broker.id} was dead`)
          await broker.start()
          await wait(quick ? 3_000 : 20_000)
          noteTimes('when it was back')
        }
      }),
    ),
}

/** The only broker stalls, is killed, and comes back after a minute: nothing is acknowledged meanwhile. */
export const allBrokers: Fault = {
  name: 'brokers',
  title: ({ quick }) => `all brokers down for ${quick ? 6 : 60} s under ${rateOf(quick)} readings/s`,
  run: (options) =>
    onEngines({}, options, ({ kafka }, here) =>
      underLoad(here, loadOf(here.quick), async ({ acknowledged, findings, noteTimes }) => {
        const { quick } = here
        const broker = onlyBroker(kafka)
        await wait(quick ? 1_000 : 5_000)
        noteTimes('before')
        process.kill(broker.pid, 'SIGSTOP')
        await wait(quick ? 1_000 : 5_000)
        await broker.stop('SIGKILL')
        const atDeath = acknowledged()
        await wait(quick ? 5_000 : 55_000)
        findings.promise(
          acknowledged() === atDeath,
          `acknowledged while there was no broker: ${acknowledged() - atDeath}`,
        )
        const backAt = Date.now()
        await broker.start()
        await until('an acknowledgement', 120_000, () => acknowledged() > atDeath)
        findings.note(`the first acknowledgement came ${Date.now() - backAt} ms after the broker was started`)
        await wait(quick ? 1_000 : 10_000)
        noteTimes('from the outage on')
      }),
    ),
}

/** The network between the platform and Kafka is slow, cuts connections, and lets nothing through. */
export const network: Fault = {
  name: 'network',
  title: ({ quick }) =>
    `Kafka behind a network with 500 ms latency, resets and stalls (${quick ? 4 : 60} s each) under ${rateOf(quick)} readings/s`,
  run: (options) =>
    onEngines({}, options, ({ links: [link] }, here) =>
      underLoad(here, loadOf(here.quick), async ({ noteTimes }) => {
        if (!link) throw new Error('there is no link to the broker')
        const lasts = options.quick ? 4_000 : 60_000
        await wait(1_000)
        noteTimes('before')
        await link.suffer([{ type: 'latency', attributes: { latency: 500, jitter: 100 } }])
        await wait(lasts)
        noteTimes('with 500 ms of latency')
        const reset: Toxic = { type: 'reset_peer', attributes: { timeout: 0 } }
        for (const until = Date.now() + lasts; Date.now() < until; ) {
          await link.suffer([reset])
          await wait(300)
          await link.suffer([])
          await wait(1_500)
        }
        noteTimes('with connections reset every two seconds')
        for (const until = Date.now() + lasts; Date.now() < until; ) {
          await link.suffer([{ type: 'timeout', attributes: { timeout: 3_000 } }])
          await wait(options.quick ? 2_000 : 8_000)
          await link.suffer([])
          await wait(2_000)
        }
        noteTimes('with stalls')
      }),
    ),
}

/** The disk of the only broker fills up, which ends it; it gets room and is started again. */
export const brokerDisk: Fault = {
  name: 'broker-disk',
  title: ({ quick }) =>
    `the disk of the only broker filled up under ${quick ? 5_000 : 20_000} readings/s, then room again`,
  async run(options) {
    if (!canMount()) return skipped('this machine lets nobody mount a small file system')
    const { quick } = options
    let disk = ''
    const prepare = (folder: string) => {
      disk = join(folder, 'broker-1', 'data')
      mkdirSync(disk, { recursive: true })
      mount(disk, 'size=64m')
      return () => unmount(disk)
    }
    return onEngines({ prepare }, options, ({ kafka }, here) =>
      underLoad(here, loadOf(quick, quick ? 5_000 : 20_000), async ({ acknowledged, findings }) => {
        const broker = onlyBroker(kafka)
        await wait(quick ? 2_000 : 10_000)
        fill(disk, 1e6)
        await until('the broker to end', 300_000, () => !isRunning(broker.pid))
        const atEnd = acknowledged()
        await wait(quick ? 3_000 : 30_000)
        findings.promise(
          acknowledged() === atEnd,
          `acknowledged ${atEnd} until the broker ended, ${acknowledged() - atEnd} while it was gone`,
        )
        mount(disk, 'remount,size=1g')
        const roomAt = Date.now()
        await broker.start()
        await until('an acknowledgement', 120_000, () => acknowledged() > atEnd)
        findings.note(`going on ${Date.now() - roomAt} ms after there was room`)
      }),
    )
  },
}

/** Somebody else takes all of a disk but so many bytes. */
function fill(folder: string, left: number): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(join(folder, 'somebody-elses'), Buffer.alloc(Math.max(0, bavail * bsize - left)))
}

function onlyBroker({ brokers: [broker] }: KafkaCluster): KafkaBroker {
  if (!broker) throw new Error('there is no broker')
  return broker
}
