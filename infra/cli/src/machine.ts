import { spawnSync } from 'node:child_process'
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import type { Machine } from '@quartier/simulators/load'

/** The machine that a measurement ran on; its disk is that of `folder`. */
export const describeMachine = (folder: string): Machine => ({
  processors: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGb: Math.round(totalmem() / 1e9),
  system: `${type()} ${release()}`,
  node: process.versions.node,
  syncMs: syncTime(folder),
})

export const VERSION = '0.1.0'

export const commit = (): string =>
  spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', cwd: import.meta.dirname }).stdout?.trim() ||
  'unknown'

const TIMES = 21

/** The median time to write 4 kB and make them durable, ms. */
function syncTime(folder: string): number {
  const path = join(folder, `quartier-sync-${process.pid}`)
  const file = openSync(path, 'w')
  try {
    const page = Buffer.alloc(4_096, 7)
    const times = Array.from({ length: TIMES }, (_, i) => {
      const began = performance.now()
      writeSync(file, page, 0, page.length, i * page.length)
      fdatasyncSync(file)
      return performance.now() - began
    }).sort((a, b) => a - b)
    return times[TIMES >> 1]!
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
}
