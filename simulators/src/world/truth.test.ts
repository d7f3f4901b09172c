import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createDistrict } from '../district/create-district.ts'
import { USUAL } from './settings.ts'
import { truthOf } from './truth.ts'

const model = createDistrict({ seed: 31, sensors: 2500 })
const FROM = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

describe('the truth', () => {
  const truth = truthOf(model, 31, USUAL, FROM, FROM + 90 * DAY)

  it('tells what failed when and how long its signs were visible, what happened and who came', () => {
    expect(truth.failures.length).toBeGreaterThan(20)
    for (const f of truth.failures) expect(f.firstSign < f.failed && f.failed < f.repaired, f.asset).toBe(true)
    const kinds = new Set(truth.incidents.map((i) => i.kind))
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['crash', 'leak']))
    expect(truth.incidents.find((i) => i.kind === 'crash')!.spread.length).toBeGreaterThan(1)
    expect(truth.events.length).toBeGreaterThan(30)
    expect(truth.events.every((e) => e.attendance > 0)).toBe(true)
  })

  it('is the same whether it is asked for at once or month by month', () => {
    const parts = [0, 30, 60].map((d) => truthOf(model, 31, USUAL, FROM + d * DAY, FROM + (d + 30) * DAY))
    expect(parts.flatMap((p) => p.events)).toEqual(truth.events)
    const crashes = new Set(parts.flatMap((p) => p.incidents.map((i) => JSON.stringify(i))))
    expect(crashes).toEqual(new Set(truth.incidents.map((i) => JSON.stringify(i))))
  })

  it('is out of reach of the platform: no part of it names the file', () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url))
    for (const part of ['contracts', 'gateway', 'ingest', 'command-center/server', 'command-center/web']) {
      const files = readdirSync(join(root, part, 'src'), { recursive: true, encoding: 'utf8' })
      for (const file of files.filter((f) => /\.tsx?$/.test(f)))
        expect(readFileSync(join(root, part, 'src', file), 'utf8'), file).not.toMatch(/truth\.json|simulator-truth/)
    }
  })
})
