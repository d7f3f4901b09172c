import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from './fault.ts'
import { Findings, skipped } from './findings.ts'
import { canMount, mount, unmount } from './small-disk.ts'
import { publishSteadily, until } from './support.ts'

const RATE = 20_000
const SMALL = '24m'
const LARGE = '512m'
const MOST_MORE_BYTES = 300e6

/** Gives the log a small file system, fills it, keeps the devices waiting, then gives it room again without a restart. */
export const diskFull: Fault = {
  name: 'disk',
  title: () => `a disk that fills up under ${RATE} readings/s (24 MB for the log), and space coming back`,
  async run({ quick, open }) {
    if (!canMount()) return skipped('this machine lets nobody mount a small file system')
    const findings = new Findings()
    let folder = ''
    const trial = await open({
      prepare(data) {
        folder = join(data, 'log')
        mkdirSync(folder)
        mount(folder, `size=${SMALL}`)
        return () => unmount(folder)
      },
    })
    try {
      for (let d = 0; d < 50; d++) trial.device(`d${d}`)
      const load = publishSteadily(trial.devices, RATE)
      const acknowledged = () => trial.devices.reduce((sum, d) => sum + d.acknowledged(), 0)
      await stands(acknowledged, 3_000, 180_000)
      const atFull = acknowledged()
      await stands(acknowledged, quick ? 3_000 : 30_000, 90_000)
      findings.note(`acknowledged ${acknowledged()} until it was full, ${acknowledged() - atFull} of them meanwhile`)
      const stalled = (await trial.counters('gateway')).of('log_stalled')
      findings.promise(stalled === 1, `the gateway's metric log_stalled says ${stalled}`)
      load.stop()
      const roomAt = Date.now()
      mount(folder, `remount,size=${LARGE}`)
      await until('an acknowledgement after room came back', 60_000, () => acknowledged() > atFull)
      findings.note(`going on ${Date.now() - roomAt} ms after space came back`)
      await trial.acknowledged()
      trial.memory.report(findings, MOST_MORE_BYTES)
      await trial.settle(findings)
      return findings
    } finally {
      await trial.close()
    }
  },
}

/** Waits until a count has not moved for so long. */
async function stands(count: () => number, stillMs: number, limitMs: number): Promise<void> {
  let last = count()
  let since = Date.now()
  await until('the count to stand still', limitMs, () => {
    if (count() !== last) {
      last = count()
      since = Date.now()
    }
    return Date.now() - since >= stillMs
  })
}
