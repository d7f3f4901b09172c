import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { quartier } from '../../../tests/e2e/quartier.ts'
import { withTable } from './config-table.ts'
import { durationMs, instant } from './options.ts'
import { duration } from './progress.ts'

const COMMANDS = [
  'up',
  'simulate',
  'replay',
  'import',
  'export',
  'query',
  'query events',
  'ledger',
  'letters list',
  'letters redrive',
  'audit',
  'audit verify',
  'bench',
  'bench ingest',
  'password',
  'device add',
  'device rotate',
  'device revoke',
  'device log',
  'device adopt',
  'device quarantine',
  'store extend',
]

describe('the program quartier', () => {
  it.each(COMMANDS)('helps with %s', (command) => {
    const { code, stdout } = quartier(...command.split(' '), '--help')
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: quartier ${command}`)
  })

  it('ends with the code for wrong usage when an option makes no sense', () => {
    const { code, stderr } = quartier('up', '--sensors', 'many')
    expect(code).toBe(2)
    expect(stderr).toContain('whole number from 1 to 650000')
  })

  it('refuses to aim simulated load at another machine', () => {
    const { code, stderr } = quartier('simulate', '--url', 'mqtt://192.0.2.1:1883')
    expect(code).toBe(2)
    expect(stderr).toContain('loopback')
  })
})

describe('the README', () => {
  it('shows the configuration as the schemas define it', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
    expect(withTable(readme)).toBe(readme)
  })
})

describe('instants and durations', () => {
  it('reads what people write', () => {
    expect(durationMs('90m')).toBe(5_400_000)
    expect(instant('-24h')(86_400_000)).toBe(0)
    expect(instant('2026-03-01T00:00:00Z')(0)).toBe(Date.UTC(2026, 2, 1))
    expect(() => instant('yesterday')).toThrow('ISO 8601')
  })

  it('says durations in words', () => {
    expect([4, 200, 7_500].map(duration)).toEqual(['4 s', '3 min 20 s', '2 h 5 min'])
  })
})
