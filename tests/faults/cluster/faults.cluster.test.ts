import { beforeAll, describe, expect, it } from 'vitest'
import { openTrial } from '../trial.ts'
import { CLUSTER_FAULTS, installEngines } from './index.ts'

/** Short forms; the long ones are run by `npm run test:faults -- --cluster`. Each has servers of its own, which it breaks. */
describe.skipIf(!process.env.QUARTIER_TEST_KAFKA)('on real engines the platform loses and doubles nothing', () => {
  beforeAll(() => installEngines(() => {}), 900_000)

  it.for(CLUSTER_FAULTS.map((fault) => ({ what: fault.title({ quick: true }), fault })))(
    'with $what',
    { timeout: 300_000 },
    async ({ fault }, { skip }) => {
      const findings = await fault.run({ quick: true, seed: 1, open: openTrial, say: () => {} })
      if (findings.skipped) return skip(findings.skipped)
      expect(findings.broken).toEqual([])
    },
  )
})
