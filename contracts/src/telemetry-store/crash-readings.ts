import type { Reading } from './fixtures.ts'

const SERIES = 40
const ROWS = 60

export const crashKeys = Array.from({ length: SERIES }, (_, i) => `crash/device-${i}/value`)

/** The readings of the batch at `offset`: the same ones whoever asks; some come again, some are corrected, some late. */
export function crashReadings(offset: number): Reading[] {
  return Array.from({ length: ROWS }, (_, row) => ({
    key: crashKeys[(offset * 7 + row) % SERIES] as string,
    at: (row % 11 === 0 ? Math.max(0, offset - 5) : offset) * 1000 + (row % 3),
    value: (offset * row) % 50,
  }))
}
