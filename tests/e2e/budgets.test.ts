import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { DIST, isBuilt } from './desk-page.ts'

/** Scripts, gzip. What a screen needs before its first picture includes all that it shares with others. */
const DOOR_BYTES = 130_000
const SCREEN_BYTES = 230_000
const MAP_BYTES = 800_000

const assets = isBuilt ? readdirSync(join(DIST, 'assets')) : []
const textOf = (file: string): string => readFileSync(join(DIST, 'assets', file), 'utf8')
const named = (name: string): string => {
  const found = assets.filter((file) => new RegExp(`^${name}-[\\w-]{8}\\.js$`).test(file))
  expect(found, `chunks called ${name}`).toHaveLength(1)
  return found[0]!
}

/** A chunk and everything that it cannot run without. */
function needed(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, other] of textOf(file).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) needed(other!, seen)
  return seen
}

const bytesOf = (...names: readonly string[]): number => {
  const files = new Set(names.flatMap((name) => [...needed(named(name))]))
  return [...files].reduce((sum, file) => sum + gzipSync(textOf(file)).length, 0)
}

describe.skipIf(!isBuilt)('what the page loads (skipped while command-center/web is not built)', () => {
  it('is little at the door, and nothing of the map', () => {
    expect(bytesOf('index')).toBeLessThan(DOOR_BYTES)
    expect([...needed(named('index'))].join()).not.toMatch(/maplibre|deck/)
  })

  it('is little for a screen beside the map', () => {
    const screens = assets.flatMap((file) => /^(\w+-screen)-[\w-]{8}\.js$/.exec(file)?.[1] ?? [])
    expect(screens.length).toBeGreaterThan(5)
    const over = screens
      .map((screen) => [screen, bytesOf('index', 'shell', screen)] as const)
      .filter(([, bytes]) => bytes > SCREEN_BYTES)
    expect(over).toEqual([])
  })

  it('is within the budget of the map', () => {
    expect(bytesOf('index', 'shell', 'desk', 'city-map')).toBeLessThan(MAP_BYTES)
  })
})
