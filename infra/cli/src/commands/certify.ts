import { writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { QuartierError } from '@quartier/contracts'
import {
  type Capacity,
  certificate,
  findCapacity,
  type LoadReport,
  type Measured,
  type Profile,
  parseProfile,
  type Trial,
} from '@quartier/simulators/load'
import type { Command } from 'commander'
import { commit, describeMachine, VERSION } from '../machine.ts'
import { whole } from '../options.ts'
import { loadTest } from '../simulate-profile.ts'

interface CertifyOptions {
  readonly sensors: number
  readonly connections: number
  readonly from: number
  readonly seconds: number
  readonly confirm: number
  readonly out: string
}

/** What is measured: the two ends of what installations send. */
const LOADS = [
  {
    title: 'Packs of 20',
    load: 'Gateways send binary packs of up to 20 readings, MQTT with QoS 1.',
    unit: 'readings/s',
    format: 'pack',
    share: 1,
  },
  {
    title: 'Single readings',
    load: 'Every reading is a JSON message of its own, MQTT with QoS 1.',
    unit: 'messages/s',
    format: 'json-single',
    share: 0.25,
  },
] as const

export function add(program: Command): void {
  program
    .command('certify')
    .description(
      'find the highest rate that this machine holds with nothing lost and p99 within a second, and write it down',
    )
    .option('--sensors <n>', 'sensors of the simulated district', whole(100, 650_000), 50_000)
    .option('--connections <n>', 'MQTT connections', whole(1, 20_000), 200)
    .option('--from <rate>', 'readings a second to begin with', whole(10, 5_000_000), 20_000)
    .option('--seconds <n>', 'of each trial', whole(5, 3_600), 15)
    .option('--confirm <n>', 'seconds over which the result is confirmed', whole(5, 86_400), 60)
    .option('--out <file>', 'the certificate', 'capacity.md')
    .action(certify)
}

async function certify(options: CertifyOptions): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const measured: Measured[] = []
  const [loadBefore = 0] = loadavg()
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  for (const { title, load, unit, format, share } of LOADS) {
    say(title)
    const capacity: Capacity = await findCapacity({
      from: options.from * share,
      shortSeconds: options.seconds,
      longSeconds: options.confirm,
      within: 0.08,
      try: async (rate, seconds) => {
        const profile = profileOf(options, format, rate, seconds)
        const trial = trialOf(
          await loadTest(profile, { data: '', name: '', secret: '' }, abort.signal, true),
          rate,
          seconds,
        )
        if (abort.signal.aborted)
          throw new QuartierError('STOPPED', 'stopped: there is no certificate of half a search')
        say(`  ${rate.toLocaleString('en')} a second over ${seconds} s: ${trial.words}`)
        return trial
      },
    })
    measured.push({ title, load, unit, capacity })
  }
  const text = certificate({
    at: new Date().toISOString(),
    version: VERSION,
    commit: commit(),
    machine: describeMachine(tmpdir()),
    loadBefore,
    command: `quartier certify --sensors ${options.sensors} --connections ${options.connections} --seconds ${options.seconds} --confirm ${options.confirm}`,
    sensors: options.sensors,
    measured,
  })
  writeFileSync(options.out, text)
  for (const { title, unit, capacity } of measured)
    process.stdout.write(`${title}: ${Math.round(capacity.rate).toLocaleString('en')} ${unit}\n`)
  process.stdout.write(`Certificate: ${options.out}\n`)
}

const profileOf = (options: CertifyOptions, format: Profile['format'], rate: number, seconds: number): Profile =>
  parseProfile(
    {
      name: 'certify',
      sensors: options.sensors,
      connections: options.connections,
      readingsPerSecond: rate,
      readingsPerMessage: 20,
      format,
      window: 256,
      ramp: 3,
      duration: seconds,
    },
    'certify',
  )

function trialOf(report: LoadReport, rate: number, seconds: number): Trial {
  const missed = report.goals.filter((g) => !g.met).map((g) => `${g.name} ${g.reached}`)
  const slow = report.readingsPerSecond < 0.98 * rate ? ['the rate was not reached'] : []
  const why = [...missed, ...slow, ...report.doubts]
  const p99 = report.latency.queryable.p99
  return {
    rate,
    seconds,
    held: why.length === 0,
    words: why.length === 0 ? `held, p99 ${Math.round(p99)} ms` : why.join('; '),
    sentPerSecond: report.readingsPerSecond,
    lost: report.settled.lost,
    p99Ms: p99,
  }
}
