import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../schemas/ledger.ts'
import { differenceOf, summarise } from './ledger.ts'

const entry = (over: Partial<LedgerEntry> = {}, store: Partial<LedgerEntry['store']> = {}): LedgerEntry => ({
  partition: 0,
  firstOffset: 0,
  nextOffset: 10,
  source: 'north',
  receivedMinute: 0,
  gateway: {
    messages: { received: 12, accepted: 10, rejected: { 'json-syntax': 2 } },
    readings: { received: 11, accepted: 10, rejected: { 'not-a-number': 1 } },
    untimed: 3,
  },
  store: { stored: 7, duplicates: 1, corrections: 1, rejected: { 'too-late': 1 }, undecided: 0, ...store },
  ...over,
})

describe('the ledger', () => {
  it('keeps events apart from readings of the same offsets, and balances both', () => {
    const events = { topic: 'events.v1' } as const
    const { sources, balanced } = summarise([entry(), entry(events)])
    expect(balanced).toBe(true)
    expect(sources[0]).toMatchObject({ stored: 7, messagesReceived: 12, events: { stored: 7, accepted: 10 } })
    const lost = summarise([entry(), entry(events, { stored: 6 })])
    expect(lost.sources[0]).toMatchObject({ difference: 0, balanced: false, events: { difference: 1 } })
  })

  it('sums a source over its ranges and finds them balanced', () => {
    const { sources, balanced } = summarise([entry(), entry({ firstOffset: 10, nextOffset: 12 })])
    expect(balanced).toBe(true)
    expect(sources).toEqual([
      {
        source: 'north',
        messagesReceived: 24,
        messagesAccepted: 20,
        messagesRejected: { 'json-syntax': 4 },
        received: 22,
        accepted: 20,
        rejected: { 'not-a-number': 2, 'too-late': 2 },
        stored: 14,
        duplicates: 2,
        corrections: 2,
        undecided: 0,
        untimed: 6,
        removed: {},
        difference: 0,
        events: { received: 0, accepted: 0, rejected: {}, stored: 0, duplicates: 0, untimed: 0, difference: 0 },
        balanced: true,
      },
    ])
  })

  it('sums what the privacy firewall removed, by kind', () => {
    const before = entry({ firstOffset: 10, nextOffset: 12 })
    const removing = (removed: Record<string, number>, range = {}) => {
      const made = entry(range)
      return { ...made, gateway: { ...made.gateway, removed } }
    }
    const { sources } = summarise([removing({ face: 2, uri: 1 }), before, removing({ face: 3 }, { firstOffset: 12 })])
    expect(sources[0]?.removed).toEqual({ face: 5, uri: 1 })
  })

  it('finds the range in which the store counted fewer than the gateway', () => {
    const short = entry({ firstOffset: 10, nextOffset: 12 }, { stored: 6 })
    const { sources, imbalances, balanced } = summarise([entry(), short])
    expect(balanced).toBe(false)
    expect(imbalances).toEqual([short])
    expect(sources[0]).toMatchObject({ difference: 1, balanced: false })
  })

  it('does not let an excess hide a loss', () => {
    const excess = entry({ firstOffset: 10, nextOffset: 12 }, { stored: 8 })
    const { sources, balanced } = summarise([entry({}, { stored: 6 }), excess])
    expect(sources[0]?.difference).toBe(0)
    expect(balanced).toBe(false)
  })

  it('lets a settled entry replace the undecided one of its range', () => {
    const early = entry({}, { stored: 5, undecided: 2 })
    expect(differenceOf(early)).toBe(0)
    const { sources } = summarise([early, entry()])
    expect(sources[0]).toMatchObject({ stored: 7, undecided: 0, accepted: 10 })
  })

  it('notices that the counts of the gateway do not add up', () => {
    const odd = entry()
    odd.gateway.messages.received = 99
    expect(summarise([odd]).imbalances).toEqual([odd])
  })
})
