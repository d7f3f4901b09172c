import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Puts a file system in memory over a folder: `size=24m`, or `remount,size=512m` to give it more room. */
export function mount(folder: string, options: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0
}

export function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder])
}

/** Only root can, on Linux. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-mount-'))
  const can = mount(folder, 'size=1m')
  if (can) unmount(folder)
  rmSync(folder, { recursive: true })
  return can
}
