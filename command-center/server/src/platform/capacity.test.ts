import { expect, it } from 'vitest'
import { capacityOf } from './capacity.ts'

const DAY = 86_400_000
const GB = 1e9
const store = { bytes: 4 * GB, budgetBytes: 10 * GB, bytesPerDay: 1 * GB, keptMs: 30 * DAY }

it('a disk lasts for ever when budgets and retention make room before it is full', () => {
  expect(capacityOf(8 * GB, [store])).toEqual({ daysLeft: null, fillsUp: false })
  expect(capacityOf(2 * GB, [{ ...store, keptMs: 5 * DAY }])).toEqual({ daysLeft: null, fillsUp: false })
  expect(capacityOf(1, [{ ...store, bytesPerDay: 0 }])).toEqual({ daysLeft: null, fillsUp: false })
})

it('says in how many days it is full otherwise', () => {
  expect(capacityOf(3 * GB, [store])).toEqual({ daysLeft: 3, fillsUp: true })
  const log = { bytes: 0, budgetBytes: 1 * GB, bytesPerDay: 1 * GB, keptMs: undefined }
  // Both grow for a day; then the log has its gigabyte and the store grows alone.
  expect(capacityOf(4 * GB, [store, log])).toEqual({ daysLeft: 3, fillsUp: true })
  expect(capacityOf(4 * GB, [{ ...store, budgetBytes: undefined, keptMs: undefined }])).toMatchObject({ daysLeft: 4 })
})

it('says nothing while a rate or the free space is not known', () => {
  const nothing = { daysLeft: null, fillsUp: null }
  expect(capacityOf(undefined, [store])).toEqual(nothing)
  expect(capacityOf(3 * GB, [{ ...store, bytesPerDay: undefined }])).toEqual(nothing)
})
