import { describe, expect, it } from 'vitest'
import { certificate, findCapacity, type Trial } from './capacity.ts'

const machine = { processors: 2, model: 'M', memoryGb: 8, system: 'S', node: '24', syncMs: 0.3 }

/** A machine that holds `limit` for a moment and nine tenths of it for long. */
function search(limit: number, from = 1_000) {
  return findCapacity({
    from,
    shortSeconds: 10,
    longSeconds: 60,
    within: 0.08,
    try: async (rate, seconds): Promise<Trial> => {
      const held = rate <= (seconds === 60 ? 0.9 * limit : limit)
      return { rate, seconds, held, words: held ? 'held' : 'p99 too long', sentPerSecond: rate, lost: 0, p99Ms: 100 }
    },
  })
}

describe('the search for the capacity of a machine', () => {
  it.each([1_300, 20_000, 333_333])('confirms, over a long time, the highest rate that holds (%i)', async (limit) => {
    const { rate, confirmed, trials } = await search(limit)
    expect(rate).toBeLessThanOrEqual(0.9 * limit)
    expect(rate).toBeGreaterThan(0.75 * limit)
    expect(confirmed).toMatchObject({ seconds: 60, held: true })
    expect(trials.length).toBeLessThan(24)
  })

  it('goes down when what it begins with does not hold', async () => {
    const { rate } = await search(50)
    expect(rate).toBeLessThanOrEqual(45)
    expect(rate).toBeGreaterThan(30)
  })

  it('says so when nothing holds', async () => {
    expect((await search(0)).rate).toBe(0)
  })

  it('writes a certificate that names the machine, the result and every trial', async () => {
    const capacity = await search(20_000)
    const text = certificate({
      at: '2026-11-23T12:00:00.000Z',
      version: '0.1.0',
      commit: 'abc',
      machine,
      loadBefore: 0.1,
      command: 'quartier certify',
      sensors: 1_000,
      measured: [{ title: 'Packs of 20', load: 'Binary packs.', unit: 'readings/s', capacity }],
    })
    expect(text).toContain(`**${Math.round(capacity.rate).toLocaleString('en')} readings/s**`)
    expect(text.match(/\| p99 too long \|/g)!.length).toBe(capacity.trials.filter((t) => !t.held).length)
    expect(text).toContain('2 × M')
  })
})
