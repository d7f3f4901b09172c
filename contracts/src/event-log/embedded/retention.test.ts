import { describe, expect, it } from 'vitest'
import { planRetention, type SealedSegment } from './retention.ts'

const raw = { name: 'raw', partitions: 1, cleanup: 'delete' as const, retentionMs: 1000, retentionBytes: 300 }
const years = { name: 'years', partitions: 1, cleanup: 'delete' as const }
const segment = (number: number, over: Partial<SealedSegment> = {}): SealedSegment => ({
  topic: 'raw',
  number,
  bytes: 100,
  lastAt: 10_000,
  passed: true,
  ...over,
})
const plan = (sealed: SealedSegment[], over: Partial<Parameters<typeof planRetention>[0]> = {}) =>
  planRetention({
    topics: [raw, years],
    sealed,
    bytes: new Map([['raw', 100 * sealed.length]]),
    diskBudgetBytes: 1e9,
    now: 10_500,
    ...over,
  })

describe('retention', () => {
  it('keeps everything within age, size and budget', () => {
    expect(plan([segment(0), segment(1)]).remove).toEqual([])
  })

  it('removes what is older than the age', () => {
    const { remove } = plan([segment(0, { lastAt: 9000 }), segment(1)])
    expect(remove.map((r) => [r.number, r.because])).toEqual([[0, 'age']])
  })

  it('removes the oldest beyond the size', () => {
    const { remove } = plan([segment(0), segment(1), segment(2), segment(3), segment(4)])
    expect(remove.map((r) => [r.number, r.because])).toEqual([[0, 'size'], [1, 'size']]) // biome-ignore format: short
  })

  it('never skips over a file that is still required', () => {
    const sealed = [segment(0, { lastAt: 1, passed: false }), segment(1, { lastAt: 1 })]
    expect(plan(sealed).remove).toEqual([])
  })

  it('takes the oldest raw when the budget is used up and tells by how much it is still exceeded', () => {
    const sealed = [segment(0), segment(1), segment(2, { passed: false })]
    const { remove, overBudgetBytes } = plan(sealed, { diskBudgetBytes: 50 })
    expect(remove.map((r) => [r.number, r.because])).toEqual([[0, 'budget'], [1, 'budget']]) // biome-ignore format: short
    expect(overBudgetBytes).toBe(50)
  })

  it('leaves topics without a size bound out of the budget', () => {
    const { remove } = plan([segment(0, { topic: 'years' })], { diskBudgetBytes: 0 })
    expect(remove).toEqual([])
  })
})
