import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MARK_GATEWAY_TIME, QUALITY_GOOD, QUALITY_LEVEL, seriesIdOf } from '@quartier/contracts'
import { wallClock } from '@quartier/contracts/runtime'
import type { SeriesRange } from '@quartier/contracts/telemetry-store'
import { openEmbeddedStore } from '@quartier/contracts/telemetry-store/embedded'
import type { Fault, FaultOptions } from './fault.ts'
import { Findings, skipped } from './findings.ts'
import { ledgerBalances, settledLedger } from './ledger-check.ts'
import { publishSteadily } from './support.ts'
import { SOURCE, type Trial } from './trial.ts'

const SHIM = fileURLToPath(new URL('./clock-shim.c', import.meta.url))
const HOUR = 3_600_000
const RATE = 2_000
const DEVICES = 100
/** What is sent so near to a jump may be judged before or after it. */
const NEAR_MS = 1_500
/** The clock jumps forward, back to where it was, further back, and forward again. */
const JUMPS = [0, HOUR, 0, -HOUR, 0] as const

export const deviceClocks: Fault = {
  name: 'device-clocks',
  title: () => 'clocks of devices that jump by an hour either way in mid-stream',
  run: (options) => jump(options, 'devices'),
}

export const hostClock: Fault = {
  name: 'host-clock',
  title: () => "the platform's own clock jumping by an hour either way in mid-stream",
  run: (options) => jump(options, 'host'),
}

interface Sent {
  /** What the device said, by its own clock. */
  readonly at: number
  /** How far that lay ahead of the platform's clock. */
  readonly ahead: number
  readonly nearJump: boolean
}

async function jump({ quick, open }: FaultOptions, whose: 'devices' | 'host'): Promise<Findings> {
  const host = whose === 'host' ? movableClock() : undefined
  if (whose === 'host' && !host) return skipped('there is no C compiler to build the shim that moves a clock')
  const findings = new Findings()
  const trial = await open({ env: host?.env })
  try {
    const clock = { ahead: 0, jumpedAt: Number.NEGATIVE_INFINITY }
    const sent = Array.from({ length: DEVICES }, (): Sent[] => [])
    for (const [i, list] of sent.entries()) trial.device(`d${i}`, { timeOf: (n) => timeOf(list, n, clock, whose) })
    const load = publishSteadily(trial.devices, RATE)
    for (const ahead of JUMPS) {
      host?.set(ahead)
      Object.assign(clock, { ahead, jumpedAt: Date.now() })
      await wait(quick ? 4_000 : 20_000)
      // What is sent just before a jump arrives after it.
      clock.jumpedAt = Date.now() + NEAR_MS
      await wait(NEAR_MS)
    }
    load.stop()
    await trial.acknowledged()
    const seen = await judgeStored(findings, trial, sent)
    const sums = ledgerBalances(
      findings,
      await settledLedger(trial.log, { [SOURCE]: { accepted: seen.acknowledged } }),
      SOURCE,
    )
    findings.promise(
      sums.stored === seen.stored && seen.overwritten <= sums.corrections,
      `${seen.overwritten} readings gave way to a later one of the same millisecond, the ledger counts ${sums.corrections} corrections`,
    )
    trial.lives(findings)
    await trial.stopPlatform()
    const store = await openEmbeddedStore({ folder: join(trial.data, 'store'), clock: wallClock })
    const again = (await store.range(IDS, 0, 8.64e15)).reduce((sum, r) => sum + r.value.length, 0)
    await store.close()
    findings.promise(again === seen.stored, `the files, opened again, hold ${again} readings`)
    return findings
  } finally {
    await trial.close()
    host?.remove()
  }
}

/** Gives reading `n` its time once; sent again it keeps it. Two readings of a device never have the same. */
function timeOf(
  sent: Sent[],
  n: number,
  clock: { readonly ahead: number; readonly jumpedAt: number },
  whose: 'devices' | 'host',
): number {
  const known = sent[n]
  if (known) return known.at
  const now = Date.now() + (whose === 'devices' ? clock.ahead : 0)
  const ahead = whose === 'devices' ? clock.ahead : -clock.ahead
  const at = Math.max(now, ahead === sent[n - 1]?.ahead ? (sent[n - 1] as Sent).at + 1 : now)
  sent[n] = { at, ahead, nearJump: Math.abs(Date.now() - clock.jumpedAt) < NEAR_MS }
  return at
}

/** Holds what is stored against the policy: a time ahead of ours is replaced and marked, one behind us is kept. */
async function judgeStored(findings: Findings, trial: Trial, sent: readonly (readonly Sent[])[]) {
  const seen = { acknowledged: 0, stored: 0, kept: 0, replaced: 0, misjudged: 0, overwritten: 0, lost: 0 }
  const total = sent.reduce((sum, list) => sum + list.length, 0)
  await settledLedger(trial.log, { [SOURCE]: { accepted: total } })
  const ranges = await trial.withStore((store) => store.range(IDS, 0, 8.64e15))
  for (const [d, list] of sent.entries()) {
    const { measuredAt, value, quality } = ranges[d] as SeriesRange
    const rowOf = new Map(Array.from(value, (v, row) => [v, row]))
    const times = new Set(measuredAt)
    seen.stored += times.size
    for (const [n, { at, ahead, nearJump }] of list.entries()) {
      seen.acknowledged++
      const row = rowOf.get(n)
      if (row === undefined) {
        // Only a replaced time can be that of another reading.
        if (ahead > 0 || nearJump) seen.overwritten++
        else seen.lost++
        continue
      }
      const mark = quality[row] as number
      const replaced = (mark & MARK_GATEWAY_TIME) !== 0
      const good = replaced ? (mark & QUALITY_LEVEL) !== QUALITY_GOOD : mark === QUALITY_GOOD && measuredAt[row] === at
      if (!good || (!nearJump && replaced !== ahead > 0)) seen.misjudged++
      if (replaced) seen.replaced++
      else seen.kept++
    }
  }
  findings.promise(
    seen.lost === 0 && seen.misjudged === 0 && seen.kept > 0 && seen.replaced > 0,
    `acknowledged ${seen.acknowledged}, stored ${seen.stored}: ${seen.kept} with their own time and good, ${seen.replaced} with ours and marked so; lost ${seen.lost}, misjudged ${seen.misjudged}`,
  )
  return seen
}

const IDS = Array.from({ length: DEVICES }, (_, i) => seriesIdOf(`${SOURCE}/d${i}/n`))

/** A clock for processes started with `env`; `undefined` where there is no C compiler. */
function movableClock() {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-clock-'))
  const shim = join(folder, 'shim.so')
  const file = join(folder, 'offset')
  const set = (ms: number) => writeFileSync(file, Buffer.from(BigInt64Array.of(BigInt(ms)).buffer), { flag: 'r+' })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  writeFileSync(file, Buffer.alloc(8))
  if (spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', shim, SHIM, '-ldl']).status !== 0) {
    remove()
    return undefined
  }
  return { env: { LD_PRELOAD: shim, QUARTIER_CLOCK: file }, set, remove }
}
