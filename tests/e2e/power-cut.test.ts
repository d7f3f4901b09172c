import { describe, expect, it } from 'vitest'
import { cutThePower } from '../faults/power-cut.ts'

describe('a power cut', () => {
  it('leaves every acknowledged reading on the disk as the last completed fsync left it', async ({ skip }) => {
    const report = await cutThePower(6, 7)
    if (!report) return skip('there is no C compiler to build the shim that shows what fsync has covered')
    expect(report.acknowledged).toBeGreaterThan(1_000)
    expect(report.missing).toBe(0)
  })
})
