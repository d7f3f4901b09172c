/**
 * The long fault runs: `npm run test:faults [-- --quick --only kill,storm --kills 50 --rate 20000 --seed 1]`, and with
 * `--cluster` those on Kafka, InfluxDB and PostgreSQL, each on servers of its own. Prints a dated report; what it found
 * is kept in docs/measurements.md.
 */
import { parseArgs } from 'node:util'
import { machine } from '../load/bench-row.ts'
import { deviceClocks, hostClock } from './clock.ts'
import { diskFull } from './disk-full.ts'
import type { Fault } from './fault.ts'
import { flood } from './flood.ts'
import { ALL_TARGETS, killing } from './kill.ts'
import { undoAll } from './leftovers.ts'
import { madDevice } from './mad-device.ts'
import { poison } from './poison.ts'
import { readers } from './readers.ts'
import { storm } from './storm.ts'
import { tlsStorm } from './tls-storm.ts'
import { openTrial } from './trial.ts'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
    only: { type: 'string' },
    kills: { type: 'string' },
    rate: { type: 'string', default: '20000' },
    devices: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const { quick } = flags
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const kills = Number(flags.kills ?? (quick ? 6 : 50))
const rate = Number(flags.rate)
const devices = Number(flags.devices)
const EMBEDDED: readonly Fault[] = [
  killing({ kills, rate, devices, targets: ALL_TARGETS, backMs: 5_000 }),
  diskFull,
  storm,
  tlsStorm,
  flood,
  madDevice,
  readers,
  deviceClocks,
  hostClock,
  poison,
]
const FAULTS = flags.cluster ? await clusterFaults() : EMBEDDED
const names = flags.only?.split(',')
const unknown = names?.filter((name) => !FAULTS.some((fault) => fault.name === name)) ?? []

if (flags.help) {
  say('npm run test:faults -- [--quick] [--cluster] [--only NAME,…] [--kills N] [--rate N] [--devices N] [--seed N]')
  say(`Faults: ${FAULTS.map((f) => f.name).join(', ')}`)
  process.exit(0)
}
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}; there are ${FAULTS.map((f) => f.name).join(', ')}.`)
  process.exit(2)
}
say(`Fault runs, ${new Date().toISOString().slice(0, 10)}, ${machine()}${quick ? ', short forms' : ''}`)
let failed = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void undoAll().finally(() => process.exit(130)))
for (const fault of FAULTS) {
  if (names && !names.includes(fault.name)) continue
  if (!(await held(fault))) failed = true
}
process.exit(failed ? 1 : 0)

async function held(fault: Fault): Promise<boolean> {
  const options = { quick, seed: Number(flags.seed), open: openTrial, say: (line: string) => say(`  … ${line}`) }
  say(`\n${fault.name}: ${fault.title(options)}`)
  const beganAt = Date.now()
  try {
    const findings = await fault.run(options)
    if (findings.skipped) {
      say(`  skipped: ${findings.skipped}`)
      return true
    }
    for (const fact of findings.facts) say(`  ${findings.broken.includes(fact) ? 'BROKEN: ' : ''}${fact}`)
    say(`  ${findings.held ? 'held' : 'NOT HELD'} (${Math.round((Date.now() - beganAt) / 1_000)} s)`)
    return findings.held
  } catch (error) {
    say(`  NOT HELD: ${error instanceof Error ? error.stack : String(error)}`)
    return false
  }
}

async function clusterFaults(): Promise<readonly Fault[]> {
  const { CLUSTER_FAULTS, installEngines } = await import('./cluster/index.ts')
  await installEngines(say)
  return CLUSTER_FAULTS
}
