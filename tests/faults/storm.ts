import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { until } from './support.ts'
import { underLoad } from './under-load.ts'

const RATE = 5_000
/** Every one of them is back within a minute. */
const BACK_MS = 60_000
const CLIENT_BYTES = 64_000
const clientsOf = (quick: boolean): number => (quick ? 1_000 : 5_000)

/** Devices with secrets of their own lose their connections together, twice by the network and once with the gateway. */
export const storm: Fault = {
  name: 'storm',
  title: ({ quick }) => `${clientsOf(quick)} clients connecting again at once, while ${RATE} readings/s flow`,
  run(options) {
    const { quick } = options
    const clients = clientsOf(quick)
    const load = { devices: 50, rate: RATE, memory: 150e6 + clients * CLIENT_BYTES }
    return underLoad(options, load, async ({ trial, findings, noteTimes }) => {
      await wait(1_000)
      noteTimes('before')
      const lamps = await trial.letIn(clients)
      await until('all clients for the first time', BACK_MS, () => lamps.every((l) => l.isConnected()))
      noteTimes('while clients were made and connected')
      const round = async (what: string, cut: () => void) => {
        const before = lamps.map((l) => l.connections())
        const beganAt = performance.now()
        cut()
        for (const lamp of lamps) lamp.publish()
        await until(`all clients after ${what}`, 2 * BACK_MS, () =>
          lamps.every((l, i) => l.isConnected() && l.connections() > (before[i] as number)),
        )
        const backMs = Math.round(performance.now() - beganAt)
        await until('their readings', BACK_MS, () => lamps.every((l) => l.acknowledged() === l.wanted()))
        findings.promise(backMs <= BACK_MS, `${what}: all ${clients} connected after ${backMs} ms`)
        noteTimes('to others meanwhile')
        await wait(quick ? 500 : 5_000)
      }
      const cutAll = () => {
        for (const lamp of lamps) lamp.cut()
      }
      await round('connections cut', cutAll)
      await round('connections cut again', cutAll)
      await round('gateway killed', () => trial.kill('gateway'))
    })
  },
}
