import type { LiveTiles, TileIndex } from '@quartier/contracts/api'
import { expect, it } from 'vitest'
import { createIndexes } from './indexes.ts'

type Facts = LiveTiles['tiles'][number]
const facts = (id: string, revision = 1): Facts => ({
  ...{ tile: 1, level: 'district', zoneId: null, system: 'water', rows: 1, series: 1 },
  id,
  revision,
})
const indexOf = (id: string, revision = 1): TileIndex => ({
  ...{ zoneId: null, system: 'water', level: 'district', places: [null] },
  id,
  revision,
})

function setup() {
  const asked: { id: string; signal: AbortSignal; answer: (index: TileIndex) => void; fail: () => void }[] = []
  const heard: string[] = []
  const later: (() => void)[] = []
  const indexes = createIndexes({
    fetchIndex: (id, _, signal) =>
      new Promise((answer, fail) => {
        asked.push({ id, signal, answer, fail: () => fail(new Error('no')) })
      }),
    onIndex: ({ id, revision }) => heard.push(`${id} ${revision}`),
    later: (callback) => later.push(callback),
  })
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve))
  return { asked, heard, later, indexes, settle }
}

it('asks for each tile and revision once, a few at a time', async () => {
  const { asked, heard, indexes, settle } = setup()
  const all = Array.from({ length: 9 }, (_, i) => facts(`t${i}`))
  indexes.want(all)
  indexes.want(all)
  expect(asked).toHaveLength(6)
  asked[0]!.answer(indexOf('t0'))
  await settle()
  expect(asked).toHaveLength(7)
  indexes.want(all)
  expect(asked).toHaveLength(7)
  expect(heard).toEqual(['t0 1', 't0 1'])
  indexes.want([facts('t0', 2)])
  expect(asked.at(-1)!.id).toBe('t0')
})

it('lets go of what is out of sight, and asks again for what failed', async () => {
  const { asked, later, indexes, settle } = setup()
  indexes.want([facts('a'), facts('b')])
  indexes.want([facts('b')])
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false])
  asked[1]!.fail()
  await settle()
  expect(asked).toHaveLength(2)
  for (const callback of later) callback()
  expect(asked).toHaveLength(3)
})

it('does not ask for ever when the server is ahead with its revision', async () => {
  const { asked, heard, indexes, settle } = setup()
  indexes.want([facts('a', 1)])
  asked[0]!.answer(indexOf('a', 2))
  await settle()
  expect(asked).toHaveLength(1)
  expect(heard).toEqual(['a 2'])
})
