import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  districtOf,
  type LoadReport,
  type Profile,
  parseProfile,
  readProfileText,
  reportHtml,
  runProfile,
  type Sample,
} from '@quartier/simulators/load'
import { EXIT, usage } from './exit.ts'
import type { Installation } from './installation.ts'
import { ownTarget, runningTarget } from './load-target.ts'
import { commit, describeMachine, VERSION } from './machine.ts'
import { duration } from './progress.ts'

export interface ProfileCommand extends Installation {
  /** A file, or the name of a shipped profile. */
  readonly profile: string
  /** A platform that runs already; one of its own otherwise. */
  readonly url?: string
  readonly name: string
  readonly secret: string
  /** Beginning of the names of the two files of the report. */
  readonly report?: string
}

const SHIPPED = fileURLToPath(new URL('../../../simulators/profiles/', import.meta.url))

/** Runs a load test from a file, tells how it goes, and writes its report. */
export async function simulateProfile(command: ProfileCommand): Promise<void> {
  const profile = readProfile(command.profile)
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  const report = await loadTest(profile, command, abort.signal)
  const prefix = command.report ?? `load-${profile.name}-${report.startedAt.slice(0, 16).replaceAll(/[-:T]/g, '')}`
  writeFileSync(`${prefix}.json`, `${JSON.stringify(report, null, 1)}\n`)
  writeFileSync(`${prefix}.html`, reportHtml(report))
  print(report, prefix)
  if (report.verdict === 'failed') process.exitCode = EXIT.differences
}

/** One run of a profile against a platform of its own, or the one at `url`. */
export async function loadTest(
  profile: Profile,
  command: Pick<ProfileCommand, 'data' | 'config' | 'url' | 'name' | 'secret'>,
  signal?: AbortSignal,
  isQuiet = false,
): Promise<LoadReport> {
  const say = (line: string) => {
    if (!isQuiet && line) process.stderr.write(`${line} …\n`)
  }
  const source = `load-${Date.now().toString(36)}`
  const model = districtOf(profile, source)
  say(
    `${profile.name}: ${profile.sensors.toLocaleString('en')} sensors, ${duration(profile.ramp + profile.duration)}; starting`,
  )
  const target = command.url ? await runningTarget(command, command.url, model) : await ownTarget(model)
  try {
    return await runProfile(profile, model, {
      url: target.url,
      credentials: command.name ? { name: command.name, secret: command.secret } : undefined,
      store: target.store,
      ledger: () => target.ledger(source),
      processes: target.processes,
      folder: target.folder,
      machine: describeMachine(target.folder),
      version: VERSION,
      commit: commit(),
      signal,
      onStage: say,
      onProgress: isQuiet ? undefined : tell,
    })
  } finally {
    await target.close()
  }
}

/** @throws QuartierError USAGE, CONFIG_INVALID */
export function readProfile(name: string): Profile {
  const shipped = join(SHIPPED, `${name}.yaml`)
  const file = existsSync(name) ? name : shipped
  if (!existsSync(file)) {
    const names = readdirSync(SHIPPED).map((f) => basename(f, '.yaml'))
    throw usage(`There is no profile ${name}. Shipped are ${names.join(', ')}.`)
  }
  return parseProfile(readProfileText(readFileSync(file, 'utf8'), file), file)
}

function tell(s: Sample, of: { readonly seconds: number }): void {
  const n = (x: number) => Math.round(x).toLocaleString('en')
  const ms = (x: number | null) => (x === null ? '–' : `${n(x)} ms`)
  const line =
    `${duration(s.second)} of ${duration(of.seconds)}: ${n(s.sent)} readings/s sent, ${n(s.acknowledged)} acknowledged, ` +
    `${n(s.stored)} stored, p99 ${ms(s.acknowledgedP99)}, queryable ${ms(s.queryableP50)}, ${n(s.connected)} connected` +
    (s.waiting > 0 ? `, ${n(s.waiting)} messages waiting` : '')
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`)
  else if (s.second % 5 === 0) process.stderr.write(`${line}\n`)
}

function print(report: LoadReport, prefix: string): void {
  const n = (x: number) => x.toLocaleString('en')
  const { settled, latency } = report
  const lines = [
    '',
    `${report.profile.name}: ${report.verdict}`,
    `  ${n(settled.sent)} readings sent, ${n(settled.acknowledged)} acknowledged, ${n(settled.stored)} stored, ${n(settled.lost)} lost`,
    `  acknowledged p50 ${Math.round(latency.acknowledged.p50)} ms, p99 ${Math.round(latency.acknowledged.p99)} ms; queryable p50 ${Math.round(latency.queryable.p50)} ms, p99 ${Math.round(latency.queryable.p99)} ms`,
    ...report.goals.map((g) => `  ${g.met ? 'met   ' : 'MISSED'}  ${g.name}: asked ${g.asked}, reached ${g.reached}`),
    ...report.doubts.map((d) => `  doubt   ${d}`),
    `  full first: ${report.saturation}`,
    `Report: ${prefix}.html, ${prefix}.json`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
