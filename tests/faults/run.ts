/**
 * The long fault runs: `npm run test:faults [-- --kills 50 --rate 20000 --only kill,disk]`. Prints a dated report; what
 * it found is kept in docs/measurements.md.
 */
import { parseArgs } from 'node:util'
import { machine } from '../load/bench-row.ts'
import { killUnderLoad } from './kill.ts'

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    rate: { type: 'string', default: '20000' },
    devices: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'kill' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
let failed = false

say(`Fault runs, ${new Date().toISOString().slice(0, 10)}, ${machine()}`)
if (flags.only.split(',').includes('kill')) await kill()
process.exit(failed ? 1 : 0)

async function kill(): Promise<void> {
  const options = {
    kills: Number(flags.kills),
    rate: Number(flags.rate),
    devices: Number(flags.devices),
    seed: Number(flags.seed),
  }
  say(
    `\nkill -9 of the gateway, of ingest, of everything: ${options.kills} times at random moments under ${options.rate} messages/s`,
  )
  const report = await killUnderLoad({
    ...options,
    onKill: (n, what, ms) => say(`  ${n}. ${what}: live again after ${ms} ms`),
  })
  const sorted = report.liveAgainMs.toSorted((a, b) => a - b)
  say(
    `  acknowledged ${report.acknowledged}, lost ${report.lost}, wrong ${report.wrong}, stored ${report.stored}, surplus ${report.surplus}`,
  )
  say(`  live again: median ${sorted[sorted.length >> 1]} ms, longest ${sorted.at(-1)} ms`)
  const good = report.lost + report.wrong + report.surplus === 0 && (sorted.at(-1) ?? 0) <= 5_000
  say(`  ${good ? 'held' : 'NOT HELD'}`)
  if (!good) failed = true
}
