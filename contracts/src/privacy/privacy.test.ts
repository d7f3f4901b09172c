import { existsSync, linkSync as linkTo, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DayKeys, dayKeyStatus } from './day-keys.ts'
import { publicValue, smallCountMark } from './index.ts'
import { normalPlate, openToken, plateToken, sealToken } from './plate-token.ts'

const DAY = 86_400_000
const NOON = Date.parse('2026-11-23T12:00:00Z')
let now = NOON
const clock = { now: () => now, speed: 1 }
let folder = ''
const fileOf = (day: string) => join(folder, `privacy-${day}.key`)
const keysIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.key'))

beforeEach(() => {
  now = NOON
  folder = join(mkdtempSync(join(tmpdir(), 'quartier-keys-')), 'secrets')
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

describe('the keys of the days', () => {
  it('are random, in a file that only its owner may read, and the same for all processes of a day', () => {
    const keys = new DayKeys(folder, clock)
    const key = keys.current()
    expect(key.day).toBe('2026-11-23')
    expect(statSync(fileOf('2026-11-23')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder)).toEqual(['privacy-2026-11-23.key'])
    expect(new DayKeys(folder, clock).current()).toEqual(key)
    expect(new DayKeys(folder, clock).existing()).toEqual(key)
    expect(new Set(key.token).size).toBeGreaterThan(8)
    expect(key.token.equals(key.link)).toBe(false)
  })

  it('are destroyed when the platform day is over, on the disk and in memory', () => {
    const keys = new DayKeys(folder, clock)
    const first = keys.current()
    const bytes = readFileSync(fileOf('2026-11-23'))
    now = Date.parse('2026-11-24T00:00:00Z') - 1
    expect(keys.current()).toBe(first)
    now += 1
    const second = keys.current()
    expect(keysIn(folder)).toEqual(['privacy-2026-11-24.key'])
    expect(first.token.every((byte) => byte === 0) && first.link.every((byte) => byte === 0)).toBe(true)
    expect(readFileSync(fileOf('2026-11-24')).equals(bytes)).toBe(false)
    expect(second.day).toBe('2026-11-24')
  })

  it('are overwritten before they are removed, also under another name of the file', () => {
    const keys = new DayKeys(folder, clock)
    keys.current()
    const before = readFileSync(fileOf('2026-11-23'))
    const spare = join(folder, 'spare')
    // A hard link shows what became of the bytes.
    linkTo(fileOf('2026-11-23'), spare)
    now += DAY
    keys.destroyOld()
    expect(existsSync(fileOf('2026-11-23'))).toBe(false)
    expect(readFileSync(spare).equals(before)).toBe(false)
  })

  it('of days that passed while nothing ran are destroyed at the next start, and never come back', () => {
    const first = Buffer.from(new DayKeys(folder, clock).current().token)
    now += 3 * DAY
    expect(new DayKeys(folder, clock).existing()).toBeUndefined()
    new DayKeys(folder, clock).destroyOld()
    expect(keysIn(folder)).toEqual([])
    now = NOON
    expect(new DayKeys(folder, clock).current().token.equals(first)).toBe(false)
  })

  it('tell which there are and which was destroyed last, without being read', () => {
    expect(dayKeyStatus(folder)).toEqual({ isThere: false, days: [], lastDestroyed: undefined })
    new DayKeys(folder, clock).current()
    expect(dayKeyStatus(folder)).toEqual({ isThere: true, days: ['2026-11-23'], lastDestroyed: undefined })
    now += DAY
    new DayKeys(folder, clock).current()
    const status = { isThere: true, days: ['2026-11-24'], lastDestroyed: { day: '2026-11-23', at: now } }
    expect(dayKeyStatus(folder)).toEqual(status)
    const stated = readdirSync(folder).filter((name) => !name.endsWith('.key'))
    const words = stated.map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(words).toEqual([JSON.stringify({ day: '2026-11-23', at: now })])
  })

  it('of tomorrow are left to a process whose clock is ahead', () => {
    now += DAY
    const ahead = new DayKeys(folder, clock).current()
    now -= DAY
    new DayKeys(folder, clock).current()
    expect(readdirSync(folder).length).toBe(2)
    now += DAY
    expect(new DayKeys(folder, clock).current()).toEqual(ahead)
  })
})

describe('the token of a plate', () => {
  it.each(['QA 123-456', 'qa123456', 'QA·١٢٣٤٥٦', ' Qa 1 2 3 4 5 6 '])('is the same for %j', (written) => {
    expect(normalPlate(written)).toBe('QA123456')
  })

  it('is the same all day, another one on the next, and of 128 bits', () => {
    const keys = new DayKeys(folder, clock)
    const today = plateToken(keys.current(), 'QA 123456').toString('hex')
    now += 11 * 3_600_000
    expect(plateToken(keys.current(), 'qa123456').toString('hex')).toBe(today)
    expect(today).toMatch(/^[0-9a-f]{32}$/)
    now += 3_600_000
    expect(plateToken(keys.current(), 'QA 123456').toString('hex')).not.toBe(today)
  })

  it('differs in every sighting as it is written down, opens with the key, and to nothing once that is destroyed', () => {
    const keys = new DayKeys(folder, clock)
    const token = plateToken(keys.current(), 'QA 123456')
    const one = sealToken(keys.current(), token, 'cam-1 1')
    const two = sealToken(keys.current(), token, 'cam-2 2')
    expect(sealToken(keys.current(), token, 'cam-1 1')).toBe(one)
    expect(one.slice(16)).not.toBe(two.slice(16))
    expect([one, two].map((sealed) => openToken(keys.current(), sealed))).toEqual(Array(2).fill(token.toString('hex')))
    now += DAY
    const opened = [one, two].map((sealed) => openToken(keys.current(), sealed))
    expect(opened[0]).not.toBe(opened[1])
    expect(opened).not.toContain(token.toString('hex'))
    expect(openToken(keys.current(), 'QA 123456')).toBeUndefined()
  })
})

describe('small counts', () => {
  it('of 1 to 4 are marked, and not shown in public', () => {
    expect([0, 1, 4, 5, -2].map(smallCountMark)).toEqual([0, 128, 128, 0, 0])
    expect([0, 3, 7].map((n) => publicValue(n, smallCountMark(n)))).toEqual([0, Number.NaN, 7])
  })
})
