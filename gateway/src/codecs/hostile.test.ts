import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadingSink } from './codec.ts'
import { HONEST, mutant, seeded } from './hostile.ts'
import { CODECS } from './index.ts'
import { TRIALS, tryAll } from './trial.ts'

describe('every codec', () => {
  it('takes each of the honest payloads in some way', () => {
    for (const payload of HONEST) expect(tryAll(payload)).toBeGreaterThan(0)
  })

  it('neither throws nor breaks a promise on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void tryAll(bytes)),
      { numRuns: 1000 },
    )
  })

  it('neither throws nor breaks a promise on honest payloads that were changed', () => {
    const below = seeded(20_261_123)
    for (let n = 0; n < 6_000; n++) tryAll(mutant(below))
  })

  it('neither throws nor breaks a promise on honest payloads that were cut', () => {
    for (const payload of HONEST) for (let n = 0; n < payload.length; n++) tryAll(payload.subarray(0, n))
  })

  it('refuses 256 KiB and one byte unread', () => {
    for (const fill of [0x20, 0x5b, 0x80, 0x9f, 0x7b, 0x51]) expect(tryAll(Buffer.alloc(262_145, fill))).toBe(0)
  })

  // Quadratic work on 256 KiB would be thousands of millions of steps; the count of calls stands for them.
  it('calls the sink no more than twice per record for the densest payloads', () => {
    const dense = [
      `{${Array.from({ length: 5_000 }, (_, i) => `"${i}":1`)}}`,
      `[${'{"v":1},'.repeat(4_999)}{"v":1}]`,
      `[${'{"n":"a","v":1,"s":1},'.repeat(4_999)}{"n":"a","v":1}]`,
    ].map((t) => Buffer.from(t))
    for (const payload of dense)
      for (const { codec, context } of TRIALS) {
        let calls = 0
        const count = () => calls++
        const calledBy = { add: count, state: count, event: count, reject: count }
        const sink: ReadingSink = { series: () => 0, seriesByName: () => 0, ...calledBy }
        codec.decode(payload, 0, payload.length, context(), sink)
        expect(calls).toBeLessThanOrEqual(10_000)
      }
  })

  it('stands in the table under its own name, and is tried here', () => {
    for (const [name, make] of Object.entries(CODECS)) expect(make().name).toBe(name)
    expect(new Set(TRIALS.map(({ codec }) => codec.name))).toEqual(new Set(Object.keys(CODECS)))
  })
})
