import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import { until } from '../support.ts'
import { SOURCE } from '../trial.ts'
import { underLoad } from '../under-load.ts'
import { onEngines } from './engines.ts'

const LOAD = { devices: 50, memory: 400e6 }
const rateOf = (quick: boolean): number => (quick ? 500 : 2_000)

/** How long each kind of trouble lasts, ms. */
const troublesOf = (quick: boolean) =>
  quick ? { downMs: 8_000, refusingMs: 4_000, slowMs: 8_000 } : { downMs: 600_000, refusingMs: 60_000, slowMs: 120_000 }

/** One of two InfluxDB servers is killed, comes back, refuses, and is slow. Devices notice nothing of it. */
export const influx: Fault = {
  name: 'influx',
  title({ quick }) {
    const { downMs, refusingMs, slowMs } = troublesOf(quick)
    return `one of two InfluxDB servers down for ${downMs / 1_000} s, then 503 for ${refusingMs / 1_000} s, then 5 s slow for ${slowMs / 1_000} s, under ${rateOf(quick)} readings/s`
  },
  run(options) {
    const { quick } = options
    const { downMs, refusingMs, slowMs } = troublesOf(quick)
    return onEngines({}, options, ({ influx: [, server] }, here) =>
      underLoad(here, { ...LOAD, rate: rateOf(quick) }, async ({ trial, findings, noteTimes }) => {
        if (!server) throw new Error('there is no second InfluxDB')
        const behind = async () => {
          const ingest = await trial.counters('ingest')
          return ingest.of('lag_records') + ingest.of('undurable_records')
        }
        await wait(quick ? 2_000 : 10_000)
        noteTimes('before')
        server.kill()
        await wait(downMs)
        const waiting = await behind()
        findings.promise(
          waiting > 0,
          `${waiting} records waited for the store at the end of the outage, says ingest's metric`,
        )
        noteTimes('while one InfluxDB was down')
        const backAt = Date.now()
        await server.start()
        const caughtUp = async () => (await trial.counters('ingest')).of('lag_records') < 500
        await until('ingest to catch up', downMs * 2 + 60_000, caughtUp, 200)
        findings.note(`caught up ${((Date.now() - backAt) / 1_000).toFixed(1)} s after it was started again`)
        server.proxy.trouble = (path) => (path.startsWith('/api/v2/write') ? { status: 503, retryAfter: '1' } : 'pass')
        await wait(refusingMs)
        noteTimes('while it answered 503')
        server.proxy.trouble = () => ({ delayMs: 5_000 })
        await wait(slowMs)
        noteTimes('while it took 5 s to answer')
        server.proxy.trouble = () => 'pass'
      }),
    )
  },
}

const LAMPS = 50

/** PostgreSQL crashes again and again; devices that it knows lose their connections meanwhile and come back. */
export const records: Fault = {
  name: 'postgres',
  title: ({ quick }) =>
    `PostgreSQL killed and restarted ${crashesOf(quick)} times under ${rateOf(quick)} readings/s, ${LAMPS} devices connecting again each time`,
  run(options) {
    const { quick } = options
    return onEngines({}, options, ({ postgres }, here) =>
      underLoad(here, { ...LOAD, rate: rateOf(quick) }, async ({ trial, findings, noteTimes }) => {
        const lamps = await trial.letIn(LAMPS)
        const publish = setInterval(() => {
          for (const lamp of lamps) lamp.publish()
        }, 500)
        try {
          await wait(quick ? 1_000 : 5_000)
          noteTimes('before')
          for (let crash = 1; crash <= crashesOf(quick); crash++) {
            const before = lamps.map((l) => l.connections())
            for (const lamp of lamps) lamp.cut()
            const crashedAt = Date.now()
            await postgres.crash()
            const back = () => lamps.every((l, i) => l.isConnected() && l.connections() > (before[i] as number))
            await until('all devices', 60_000, back)
            findings.note(
              `crash ${crash}: all ${LAMPS} devices of ${SOURCE} are back after ${Date.now() - crashedAt} ms`,
            )
            await wait(quick ? 1_000 : 10_000)
            noteTimes(`around crash ${crash}`)
          }
        } finally {
          clearInterval(publish)
        }
      }),
    )
  },
}

const crashesOf = (quick: boolean): number => (quick ? 1 : 5)
