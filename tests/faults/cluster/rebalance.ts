import { setTimeout as wait } from 'node:timers/promises'
import { READINGS } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import type { Fault } from '../fault.ts'
import { seeded, until } from '../support.ts'
import { underLoad } from '../under-load.ts'
import { onEngines } from './engines.ts'

const GROUP = 'storm'
const MEMBERS = 4
const RATE = 500

/** Members of one consumer group come and go several times a second, while records keep coming. */
export const rebalances: Fault = {
  name: 'rebalance',
  title: ({ quick }) =>
    `a consumer group whose members come and go for ${secondsOf(quick)} s, under ${RATE} readings/s`,
  run(options) {
    const { quick, seed } = options
    const random = seeded(seed)
    return onEngines({}, options, (_, here) =>
      underLoad(here, { devices: 50, memory: 400e6, rate: RATE }, async ({ trial, findings, noteTimes }) => {
        const seen = new Set<string>()
        const members: Member[] = []
        let joined = 0
        for (const end = Date.now() + secondsOf(quick) * 1_000; Date.now() < end; ) {
          if (members.length < MEMBERS && (members.length === 0 || random() < 0.6)) {
            members.push(join(await trial.openLog(), seen))
            joined++
          } else await members.splice(Math.floor(random() * members.length), 1)[0]?.leave()
          await wait(100 + random() * 400)
        }
        await Promise.all(members.map((member) => member.leave()))
        noteTimes(`while ${joined} members came and went`)
        const last = join(await trial.openLog(), seen)
        const ends = new Map((await trial.log.ranges(READINGS)).map((r) => [r.partition, r.next]))
        await until(
          'the last member to reach the end',
          120_000,
          async () => {
            const committed = await trial.log.committed(READINGS, GROUP)
            return [...ends].every(([partition, next]) => (committed[partition] ?? 0) >= next)
          },
          200,
        )
        await last.leave()
        let missed = 0
        for (const [partition, next] of ends)
          for (let offset = 0; offset < next; offset++) if (!seen.has(`${partition}/${offset}`)) missed++
        findings.promise(
          missed === 0,
          `${[...ends.values()].reduce((a, b) => a + b, 0)} records, ${missed} of them seen by no member; the group's position reached the end`,
        )
      }),
    )
  },
}

const secondsOf = (quick: boolean): number => (quick ? 10 : 120)

interface Member {
  leave(): Promise<void>
}

/** Consumes as a member of the group, noting what it has seen and committing that. */
function join(log: EventLog, seen: Set<string>): Member {
  const ended = new AbortController()
  const consuming = (async () => {
    for await (const batch of log.consume(READINGS, GROUP, { signal: ended.signal, maxRecords: 64 })) {
      for (const { partition, offset } of batch.records) seen.add(`${partition}/${offset}`)
      // A member that has just lost a partition may not commit it: its successor sees the batch again.
      await batch.commit().catch(() => {})
    }
  })()
  return {
    async leave() {
      ended.abort()
      await consuming.finally(() => log.close())
    },
  }
}
