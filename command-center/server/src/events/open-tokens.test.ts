import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventReader } from '@quartier/contracts/event-store'
import type { DistrictEvent } from '@quartier/contracts/events'
import { DayKeys } from '@quartier/contracts/privacy/day-keys'
import { plateToken, sealToken } from '@quartier/contracts/privacy/plate-token'
import { expect, test } from 'vitest'
import { withOpenTokens } from './open-tokens.ts'

test('tokens of plates are shown for a day, the same for one vehicle, and then no more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-tokens-'))
  let now = Date.parse('2026-11-23T12:00:00Z')
  const clock = { now: () => now, speed: 1 }
  const key = new DayKeys(folder, clock).current()
  const seen = (plate: string, at: number): DistrictEvent =>
    ({
      receivedAt: at,
      attributes: { direction: 'in', plateToken: sealToken(key, plateToken(key, plate), `cam ${at}`) },
    }) as unknown as DistrictEvent
  const events = [seen('QA 1', now), seen('qa1', now + 1), seen('QA 2', now + 2), seen('QA 1', now - 86_400_000)]
  const stored: EventReader = {
    search: async () => ({ events }),
    arrivals: async () => ({ events, cursor: 'c' }),
    usage: async () => ({ events: 4, bytes: 1, oldestAt: null }),
    close: async () => {},
  }
  const reader = withOpenTokens(stored, new DayKeys(folder, clock))
  const tokens = async () => (await reader.search({ limit: 9 } as never)).events.map((e) => e.attributes.plateToken)
  const [one, same, other, old] = await tokens()
  expect(one).toMatch(/^[0-9a-f]{32}$/)
  expect(same).toBe(one)
  expect(other).not.toBe(one)
  expect(old).toBeUndefined()
  expect((await reader.arrivals()).events[0]?.attributes).toEqual({ direction: 'in', plateToken: one })
  now += 86_400_000
  new DayKeys(folder, clock).destroyOld()
  expect(await tokens()).toEqual([undefined, undefined, undefined, undefined])
  expect((await reader.search({} as never)).events[0]?.attributes).toEqual({ direction: 'in' })
  rmSync(folder, { recursive: true })
})
