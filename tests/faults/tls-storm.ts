import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openAuthority } from '@quartier/contracts/authority'
import { letIn } from '@quartier/contracts/devices'
import { foldersOf } from '@quartier/contracts/engines'
import { openSqliteRecords } from '@quartier/contracts/records/sqlite'
import { type Child, startChild } from '../load/bench-process.ts'
import type { FleetJob, FleetState } from '../load/tls-fleet.ts'
import type { Fault } from './fault.ts'
import { until } from './support.ts'
import { underLoad } from './under-load.ts'

const RATE = 1_000
const BACK_MS = 60_000
const PATIENCE_MS = 300_000
const MOST_BYTES = 2e9
const PROCESSES = 4

/** Descriptors that a gateway keeps for everything but connections, and some of ours. */
const RESERVED = 3_000

/** 20,000, or as many as the machine's limit on open files lets one process hold. */
function devicesOf(quick: boolean): number {
  if (quick) return 1_000
  const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? 1e6)
  return Math.min(20_000, limit - RESERVED)
}

/** Devices with certificates lose their gateway, and then their connections and sessions, all at once. */
export const tlsStorm: Fault = {
  name: 'tls-storm',
  title: ({ quick }) => `${devicesOf(quick)} devices with certificates connecting again at once, by mutual TLS`,
  run(options) {
    const { quick, say } = options
    const devices = devicesOf(quick)
    const port = 30_000 + Math.floor(Math.random() * 2_000)
    const tls = { port, host: '127.0.0.1' }
    const settings = { gateway: { tls, limits: { connections: devices + 1_000 } } }
    return underLoad(
      options,
      { devices: 20, rate: RATE, memory: MOST_BYTES, trial: { settings } },
      async ({ trial, findings, noteTimes }) => {
        const file = join(trial.data, 'fleet.json')
        await makeDevices(trial.data, file, devices)
        say(`${devices} certificates made`)
        const fleet = Array.from({ length: PROCESSES }, () => startChild('./tls-fleet.ts'))
        const share = Math.ceil(devices / PROCESSES)
        const round = async (what: string, begin: () => Promise<void>) => {
          const beganAt = performance.now()
          await begin()
          let back = 0
          let resumed = 0
          await until(
            `all devices after ${what}`,
            PATIENCE_MS,
            async () => {
              const states = await Promise.all(fleet.map(stateOf))
              back = states.reduce((sum, s) => sum + s.back, 0)
              resumed = states.reduce((sum, s) => sum + s.resumed, 0)
              return back >= devices
            },
            200,
          )
          const ms = Math.round(performance.now() - beganAt)
          const gateway = await trial.counters('gateway')
          const connections = gateway.of('connections')
          const fact = `${what}: ${devices} back, each with a reading acknowledged, after ${ms} ms (${resumed} sessions resumed, ${connections} connections held)`
          say(fact)
          return { ms, fact }
        }
        try {
          noteTimes('before')
          const first = await round('the first time, a device every 2 ms in each of four processes', async () => {
            for (const [i, child] of fleet.entries()) {
              const job: FleetJob = { port, file, from: i * share, to: Math.min(devices, (i + 1) * share) }
              child.send(job)
            }
          })
          findings.note(first.fact)
          noteTimes('of others meanwhile')
          for (const [what, message] of [
            ['gateway killed, sessions kept', 'reset'],
            ['connections cut, sessions lost', 'cut'],
          ] as const) {
            await wait(quick ? 500 : 3_000)
            const { ms, fact } = await round(what, async () => {
              await Promise.all(fleet.map((child) => tell(child, message)))
              if (message === 'reset') trial.kill('gateway')
            })
            findings.promise(ms <= BACK_MS, fact)
            noteTimes('of others meanwhile')
          }
        } finally {
          for (const child of fleet) child.kill()
        }
      },
    )
  },
}

async function makeDevices(data: string, file: string, count: number): Promise<void> {
  const records = await openSqliteRecords({ path: foldersOf(data).records })
  const authority = openAuthority(foldersOf(data).tls, Date.now())
  const issuer = { principals: records.principals, authority: () => authority, now: Date.now(), validMs: 86_400_000 }
  const wanted = Array.from(
    { length: count },
    (_, i) => ({ name: `tls-${i}`, source: 'fleet', credential: 'certificate', kind: 'device' }) as const,
  )
  const devices = await letIn(issuer, wanted)
  await records.close()
  writeFileSync(file, JSON.stringify({ authority: authority.certificate, devices }), { mode: 0o600 })
}

async function stateOf(child: Child): Promise<FleetState> {
  const answer = child.next((m): m is FleetState => typeof (m as { back?: unknown }).back === 'number')
  child.send('state')
  return await answer
}

async function tell(child: Child, message: string): Promise<void> {
  const answer = child.next((m): m is 'done' => m === 'done')
  child.send(message)
  await answer
}
