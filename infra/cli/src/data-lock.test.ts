import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { lockDataFolder, watchDataFolder } from './data-lock.ts'

const parent = mkdtempSync(join(tmpdir(), 'quartier-lock-'))
const folder = join(parent, 'data')
const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
  rmSync(parent, { recursive: true, force: true })
})

function gone(): Promise<void> {
  ends.push(lockDataFolder(folder))
  return new Promise((resolve) => ends.push(watchDataFolder(folder, resolve, 10)))
}

it('refuses a folder that is in use', () => {
  ends.push(lockDataFolder(folder))
  expect(() => lockDataFolder(folder)).toThrow(/Another Quartier is running on the data folder/)
})

it('says when the folder is removed', async () => {
  const told = gone()
  rmSync(folder, { recursive: true })
  await told
})

it('says when another folder stands in its place', async () => {
  const told = gone()
  renameSync(folder, `${folder}-moved`)
  mkdirSync(folder)
  lockDataFolder(folder)()
  await told
})
