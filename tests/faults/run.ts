/**
 * The long fault runs: `npm run test:faults [-- --kills 50 --rate 20000 --only kill,disk]`. Prints a dated report; what
 * it found is kept in docs/measurements.md.
 */
import { parseArgs } from 'node:util'
import { machine } from '../load/bench-row.ts'
import { fillTheDisk } from './disk-full.ts'
import { killUnderLoad } from './kill.ts'

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    rate: { type: 'string', default: '20000' },
    devices: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'kill,disk' },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
let failed = false

say(`Fault runs, ${new Date().toISOString().slice(0, 10)}, ${machine()}`)
const only = flags.only.split(',')
if (only.includes('kill')) await kill()
if (only.includes('disk')) await disk()
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

async function disk(): Promise<void> {
  say('\na disk that fills up under 20,000 messages/s (24 MB for the log), and space coming back')
  const report = await fillTheDisk(20_000)
  if (!report) return say('  skipped: this machine lets nobody mount a small file system')
  say(`  acknowledged ${report.acknowledged}, of these while the disk was full ${report.acknowledgedWhileFull}`)
  say(`  lost ${report.lost}, wrong ${report.wrong}, stored ${report.stored}, surplus ${report.surplus}`)
  say(
    `  memory grew by ${Math.round(report.grownBytes / 1e6)} MB while devices waited; going on ${report.recoveredMs} ms after space came back`,
  )
  const good = report.lost + report.wrong + report.surplus === 0
  say(`  ${good ? 'held' : 'NOT HELD'}`)
  if (!good) failed = true
}
