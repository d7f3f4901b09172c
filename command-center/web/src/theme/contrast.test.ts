import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contrast, distance, luminance, over, rolesIn, type Vision } from './testing/contrast.ts'

const sheet = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const THEMES = { light: rolesIn(sheet, '[data-theme="light"]'), dark: rolesIn(sheet, '[data-theme="dark"]') }
const TEXT = 4.5
const GRAPHIC = 3

/** Ink, paper and the least ratio. A wash lies on the paper of the row that it marks. */
const PAIRS: readonly (readonly [ink: string, paper: string, least: number])[] = [
  ...['sheet', 'sheet-2', 'ground'].flatMap((paper) =>
    ['ink-1', 'ink-2', 'ink-3'].map((ink) => [ink, paper, TEXT] as const),
  ),
  ['ink-2', 'normal-band', TEXT],
  ['on-ink', 'select', TEXT],
  ['text-c', 'sheet', TEXT],
  ['text-c', 'wash-c', TEXT],
  ['ink-2', 'wash-c', TEXT],
  ['text-h', 'sheet', TEXT],
  ['text-m', 'sheet', TEXT],
  ['oos', 'sheet', TEXT],
  ...['c', 'h', 'm', 'l'].map((priority) => ['alarm-letter', `alarm-${priority}`, TEXT] as const),
  ['on-replay', 'replay', TEXT],
  ['replay', 'sheet', GRAPHIC],
  ['line-2', 'sheet', GRAPHIC],
  ['line-2', 'sheet-2', GRAPHIC],
  ['focus', 'sheet', GRAPHIC],
  ['pencil', 'sheet', GRAPHIC],
  ['pencil', 'm-road', GRAPHIC],
  ['trace', 'normal-band', GRAPHIC],
  ['m-label', 'm-halo', TEXT],
  ['m-label', 'm-road', TEXT],
  ...[...'abcdef'].map((level) => [`los-${level}-ink`, `los-${level}`, TEXT] as const),
  ...[...'def'].map((level) => [`los-${level}`, 'm-road', GRAPHIC] as const),
]

describe.each(Object.entries(THEMES))('the colours of the %s theme', (_, roles) => {
  const paperOf = (paper: string) =>
    paper.startsWith('wash') ? over(roles[paper]!, roles['sheet-2']!) : (roles[paper] ?? '')

  it.each(PAIRS)('hold %s on %s at %d to 1', (ink, paper, least) => {
    expect(contrast(roles[ink]!, paperOf(paper))).toBeGreaterThanOrEqual(least)
  })

  it.each(['sheet', 'sheet-2', 'ground', 'm-roof', 'm-road'])('draw every alarm so that it is seen on %s', (paper) => {
    for (const priority of 'chml') {
      const [fill, edge] = [roles[`alarm-${priority}`]!, roles['alarm-edge']!]
      const seen = Math.max(contrast(fill, roles[paper]!), contrast(edge, roles[paper]!))
      expect(seen, priority).toBeGreaterThanOrEqual(GRAPHIC)
    }
  })

  it('order the levels of service by luminance alone, away from the paper', () => {
    const levels = [...'abcdef'].map((level) => luminance(roles[`los-${level}`]!))
    const away = luminance(roles.sheet!) > 0.5 ? levels.toReversed() : levels
    expect(away).toEqual(away.toSorted((a, b) => a - b))
  })

  // Shape and letter lead and colour follows; it still tells the fills apart.
  it.each(['deuteranopia', 'protanopia'] satisfies Vision[])('tell alarms apart under %s', (vision) => {
    const fills = [...'chml'].map((priority) => roles[`alarm-${priority}`]!)
    for (const [i, one] of fills.entries())
      for (const other of fills.slice(i + 1)) expect(distance(one, other, vision)).toBeGreaterThan(12)
  })
})

it('computes the ratios that the design names', () => {
  expect(contrast(THEMES.light['ink-1']!, THEMES.light.sheet!)).toBeCloseTo(14.73, 2)
  expect(contrast(THEMES.dark['ink-3']!, THEMES.dark['sheet-2']!)).toBeCloseTo(5.16, 2)
  expect(distance(THEMES.light['alarm-c']!, THEMES.light['alarm-h']!, 'deuteranopia')).toBeCloseTo(18, 0)
})
