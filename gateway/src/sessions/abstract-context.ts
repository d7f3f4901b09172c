import assert from 'node:assert'
import { expect } from 'vitest'

/** What the suite uses of node:test's context: planned, counted assertions. */
export async function withContext(body: (t: unknown) => Promise<void>): Promise<void> {
  let made = 0
  let planned: number | undefined
  const counted = new Proxy(assert, {
    get(target, name: 'equal') {
      made++
      return target[name]
    },
  })
  await body({
    assert: counted,
    diagnostic: () => {},
    plan: (n: number) => {
      planned = n
    },
  })
  if (planned !== undefined) expect(made).toBe(planned)
}
