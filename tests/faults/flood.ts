import { setTimeout as wait } from 'node:timers/promises'
import { type Attack, announceHugeFrames, breakProtocol, FLOOD, floodPayloads, sendNoise } from './attackers.ts'
import type { Fault } from './fault.ts'
import { type Findings, megabytes } from './findings.ts'
import { deadLetters, ledgerBalances, settledLedger } from './ledger-check.ts'
import { until } from './support.ts'
import type { Trial } from './trial.ts'
import { underLoad } from './under-load.ts'

const RATE = 5_000
const MALFORMED_RATE = 2_000
const MOST_MORE_BYTES = 300e6

/** Noise, broken packets, broken payloads and announcements of 200 MB, beside devices that do everything right. */
export const flood: Fault = {
  name: 'flood',
  title: ({ quick }) =>
    `${quick ? 8 : 120} s of malformed packets and payloads, and frames of 200 MB announced, beside ${RATE} valid readings/s`,
  run(options) {
    const { quick, seed } = options
    const load = { devices: 50, rate: RATE, memory: MOST_MORE_BYTES }
    return underLoad(options, load, async ({ trial, findings, noteTimes }) => {
      const port = trial.mqttPort
      await wait(quick ? 1_000 : 5_000)
      noteTimes('before')
      const payloads = floodPayloads(port, seed, MALFORMED_RATE)
      const attacks = [
        sendNoise(port, seed + 1),
        breakProtocol(port, seed + 2),
        announceHugeFrames(port, 'before login'),
        announceHugeFrames(port, 'after login'),
      ]
      await wait(quick ? 8_000 : 120_000)
      noteTimes('to valid readings meanwhile')
      for (const running of [...attacks, payloads]) running.stop()
      await until('acknowledgements of malformed messages', 60_000, () => payloads.acknowledged() === payloads.sent())
      payloads.close()
      await allEnded(findings, attacks)
      await countsOfFlood(findings, trial, payloads.acknowledged())
    })
  },
}

async function allEnded(findings: Findings, attacks: readonly Attack[]): Promise<void> {
  await until('the end of all attackers', 60_000, () => attacks.every((a) => a.closed() === a.opened()))
  for (const { what, opened, sentBytes } of attacks)
    findings.promise(
      opened() > 0,
      `${what}: ${opened()} connections, all ended by the gateway, after ${megabytes(sentBytes())} in all`,
    )
}

/** What an operator can see of it. */
async function countsOfFlood(findings: Findings, trial: Trial, acknowledged: number): Promise<void> {
  const gateway = await trial.counters('gateway')
  const closed = (reason: string) => gateway.of('closed_total', `reason="${reason}"`)
  const reasons = ['too-large', 'malformed', 'not-connected', 'connect-timeout', 'packet-timeout']
  findings.promise(
    closed('too-large') > 0 && closed('malformed') > 0,
    `the gateway's metrics name the reasons: ${reasons.map((r) => `${r} ${closed(r)}`).join(', ')}`,
  )
  const sums = ledgerBalances(
    findings,
    await settledLedger(trial.log, { [FLOOD]: { messagesReceived: acknowledged } }),
    FLOOD,
  )
  findings.promise(
    sums.messagesReceived === acknowledged,
    `the ledger counts ${sums.messagesReceived} messages of the flood, ${acknowledged} were acknowledged`,
  )
  const kept = gateway.of('dead_letters_total')
  const found = (await deadLetters(trial.log)).length
  findings.promise(
    kept > 0 && found >= kept,
    `dead letters: ${kept} kept by the gateway, ${gateway.of('dead_letters_dropped_total')} more only counted; ${found} found in the log`,
  )
}
