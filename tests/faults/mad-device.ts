import { setTimeout as wait } from 'node:timers/promises'
import { letIn } from '@quartier/contracts/devices'
import { foldersOf } from '@quartier/contracts/engines'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { startChild } from '../load/bench-process.ts'
import { median } from '../load/bench-row.ts'
import type { LoadJob } from '../load/generator.ts'
import type { Login } from '../load/mqtt-wire.ts'
import type { Fault } from './fault.ts'
import type { Trial } from './trial.ts'
import { underLoad } from './under-load.ts'

const NEIGHBOURS = 200
const RATE = 2_000
const MAD_RATE = 50_000
const MOST = 2
const EVERY_MS = 5

/**
 * One client sends 50,000 messages a second, once with the rights of a device, which is held to its rate, and once with
 * those of a gateway, which may; its neighbours' acknowledgements are timed in turns with it and without.
 */
export const madDevice: Fault = {
  name: 'mad-device',
  title: () => `a client that sends ${MAD_RATE} messages/s, beside ${NEIGHBOURS} devices with ${RATE} readings/s`,
  run(options) {
    const { quick, say } = options
    const load = { devices: NEIGHBOURS, rate: RATE, memory: 300e6 }
    return underLoad(options, load, async ({ trial, findings }) => {
      const login = await letInMad(trial.data)
      const rounds = quick ? 3 : 8
      const seconds = quick ? 3 : 8
      const timed = timer(trial)
      await wait(3_000)
      for (const [who, as] of [
        ['a device', login],
        ['a gateway', undefined],
      ] as const) {
        const calm: number[] = []
        const beside: number[] = []
        for (let round = 0; round < rounds; round++) {
          timed.take()
          await wait(seconds * 1_000)
          calm.push(timed.take())
          const stop = await goMad(trial.mqttPort, as, seconds + 1)
          timed.take()
          await wait(seconds * 1_000)
          beside.push(timed.take())
          stop()
          say(
            `${who}, round ${round + 1}: p99 ${calm.at(-1)?.toFixed(1)} ms without, ${beside.at(-1)?.toFixed(1)} ms beside it`,
          )
          await wait(500)
        }
        const ratio = median(beside.map((b, i) => b / (calm[i] as number)))
        findings.promise(
          ratio <= MOST,
          `beside ${who} with ${MAD_RATE} messages/s the p99 of its neighbours is ${ratio.toFixed(2)}× that without (${median(calm).toFixed(1)} ms; median of ${rounds} rounds in turns)`,
        )
      }
      timed.stop()
      const gateway = await trial.counters('gateway')
      findings.note(
        `the device was slowed down ${gateway.of('throttled_total')} times; clients waited their turn ${gateway.of('turns_waited_total')} times`,
      )
    })
  },
}

async function letInMad(data: string): Promise<Login> {
  const records = await openSqliteRecords({ path: foldersOf(data).records })
  const authority = () => {
    throw new Error('it has a password')
  }
  const issuer = { principals: records.principals, authority, now: Date.now(), validMs: 86_400_000 }
  const [out] = await letIn(issuer, [{ name: 'mad', credential: 'password', kind: 'device', devices: ['mad-*'] }])
  await records.close()
  return { username: 'mad', password: out?.secret ?? '' }
}

/** Times the acknowledgements of one more device, which publishes a reading every 5 ms. */
function timer(trial: Trial) {
  const sentAt: number[] = []
  let took: number[] = []
  const device = trial.device('neighbour', {
    onAcknowledged: (n) => took.push(performance.now() - (sentAt[n] as number)),
  })
  const tick = setInterval(() => {
    sentAt.push(performance.now())
    device.publish()
  }, EVERY_MS)
  return {
    /** p99 since the last call, ms. */
    take(): number {
      const sorted = took.sort((a, b) => a - b)
      took = []
      return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
    },
    stop: () => clearInterval(tick),
  }
}

async function goMad(port: number, login: Login | undefined, seconds: number): Promise<() => void> {
  const job: LoadJob = {
    port,
    connections: 1,
    streamsPerConnection: 1,
    format: 'json',
    readings: 1,
    source: login ? 'mad' : 'mad-gateway',
    devicePrefix: 'mad-',
    startAt: Date.now() - 3_600_000,
    stepMs: 1,
    window: 65_000,
    onePerSegment: false,
    seconds,
    rate: MAD_RATE,
    login,
  }
  const child = startChild('./generator.ts')
  child.send(job)
  await child.next((m): m is 'connected' => m === 'connected')
  return () => child.kill()
}
