import { describe, expect, it } from 'vitest'
import { createDistrict } from '../district/create-district.ts'
import { USUAL } from '../world/settings.ts'
import { lastWords } from './greeting.ts'
import { planMessages } from './messages.ts'
import { createSpeaker } from './payloads.ts'
import { createSchedule } from './schedule.ts'

const MINUTE = 60_000
const START = Date.UTC(2026, 10, 23, 20)
/** So many faults that sensors and gateways are silent at every start. */
const settings = { ...USUAL, faults: 100 }

function district(seed: number, sensors: number) {
  const model = createDistrict({ seed, sensors })
  const { messages } = planMessages(model)
  const speaker = createSpeaker(model, messages, seed, (at) => at, settings)
  const schedule = createSchedule(messages.map((m) => m.intervalMs))
  /** The series of which something is said by these instants of each message. */
  const saidBy = (instantsOf: (message: number, at: number) => readonly number[], now: number) => {
    const said = new Set<number>()
    schedule.latest(now, (m, latest) => {
      for (const at of instantsOf(m, latest)) {
        const values = speaker.values(m, at)
        for (const [row, i] of messages[m]!.series.entries()) if (values && !Number.isNaN(values[row])) said.add(i)
      }
    })
    return said.size
  }
  return { model, messages, speaker, saidBy }
}

describe('the greeting of a district', () => {
  it.each([
    [31, 1],
    [31, 50],
    [7, 400],
    [31, 2_500],
    [2, 2_500],
    [1_234_567, 2_501],
    [31, 6_000],
  ])('of seed %i with %i sensors leaves no series without a value, whoever is silent at the start', (seed, sensors) => {
    const { model, messages, speaker, saidBy } = district(seed, sensors)
    let wouldBeMissed = 0
    for (let k = 0; k < 5; k++) {
      const now = START + k * 17 * MINUTE
      expect(saidBy((m, at) => lastWords(speaker, m, messages[m]!, at), now)).toBe(sensors)
      wouldBeMissed += sensors - saidBy((_m, at) => [at], now)
    }
    expect(model.series).toHaveLength(sensors)
    if (sensors >= 2_500) expect(wouldBeMissed).toBeGreaterThan(0)
  })

  it('says what fell due last where nobody is silent, and older words before it where somebody is', () => {
    const { messages, speaker } = district(31, 6_000)
    const now = START + 30 * MINUTE
    const all = messages.map((message, m) => ({ instants: lastWords(speaker, m, message, now), m }))
    const wholes = all.filter(({ m }) => {
      const values = speaker.values(m, now)
      return values && messages[m]!.series.every((_, row) => !Number.isNaN(values[row]))
    })
    expect(wholes.length).toBeGreaterThan(all.length / 2)
    for (const { instants } of wholes) expect(instants).toEqual([now])
    const several = all.filter(({ instants }) => instants.length > 1)
    expect(several.length).toBeGreaterThan(0)
    for (const { instants } of several) expect(instants).toEqual(instants.toSorted((one, other) => one - other))
  })
})
