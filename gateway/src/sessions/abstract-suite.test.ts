import assert from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import abstractPersistence from 'aedes-persistence/abstract.js'
import { afterAll, describe, expect, it } from 'vitest'
import { openSessions } from './index.ts'

/** The public suite that aedes' own persistences pass, written for node:test; each of its tests is one of ours. */
describe("sessions pass aedes' abstract persistence suite", () => {
  const folder = mkdtempSync(join(tmpdir(), 'quartier-sessions-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let opened = 0
  abstractPersistence({
    test: (name, body) => it(name, () => withContext(body)),
    persistence: () => openSessions({ path: join(folder, `${++opened}.db`) }),
    testAsync: true,
  })
  it('ran all of it', () => expect(opened).toBeGreaterThanOrEqual(45))
})

/** What the suite uses of node:test's context: planned, counted assertions. */
async function withContext(body: (t: unknown) => Promise<void>): Promise<void> {
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
