import type { RejectedLetter, RejectedPage } from '@quartier/contracts/api'
import { expect, it } from 'vitest'
import { redriveAll } from './redrive.ts'

const letter = (offset: number, more: Partial<RejectedLetter> = {}): RejectedLetter => ({
  ...{ offset, origin: '', source: 's', principal: 's', mqttTopic: 't', stage: 'codec', reason: 'r', detail: '' },
  ...{ receivedAt: 0, readings: 0, bytes: 0, sha256: '', impossible: null, redriven: null },
  ...more,
})

it('takes in page after page what can be tried, and adds up what became of it', async () => {
  const done = { outcome: 'appended' as const, readings: 1, reason: '', detail: '', at: 0, by: 'ada' }
  const pages: RejectedPage[] = [
    { letters: [letter(9), letter(8, { impossible: { reason: 'cut', detail: '' } }), letter(7)], next: 7 },
    { letters: [letter(5, { redriven: done })], next: 5 },
    { letters: [letter(3, { redriven: { ...done, outcome: 'refused', readings: 0 } })], next: null },
  ]
  const asked: (string | null)[] = []
  const sent: (readonly number[])[] = []
  const told: number[] = []
  const sums = await redriveAll(new URLSearchParams({ reason: 'r' }), ({ appended }) => told.push(appended), {
    fetchRejected: async (query) => {
      asked.push(query.get('before'))
      expect([query.get('reason'), query.get('limit')]).toEqual(['r', '500'])
      return pages[asked.length - 1] as RejectedPage
    },
    redrive: async (offsets) => {
      sent.push(offsets)
      return {
        results: offsets.map((offset) =>
          offset === 7
            ? { offset, outcome: 'refused' as const, readings: 0, reason: 'r', detail: '' }
            : { offset, outcome: 'appended' as const, readings: 2, reason: '', detail: '' },
        ),
      }
    },
    newKey: () => 'key',
  })
  expect(asked).toEqual([null, '7', '5'])
  expect(sent).toEqual([[9, 7], [3]])
  expect(told).toEqual([1, 1, 2])
  expect(sums).toEqual({ appended: 2, readings: 4, refused: 1, impossible: 0 })
})
