import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import abstractPersistence from 'aedes-persistence/abstract.js'
import { afterAll, describe, expect, it } from 'vitest'
import { withContext } from './abstract-context.ts'
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
