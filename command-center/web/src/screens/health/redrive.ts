import type { RedrivenView, RejectedLetter } from '@quartier/contracts/api'
import { fetchRejected, redrive } from '../../api/operations.ts'

/** Letters of one command at most. */
const BATCH = 500

export interface RedriveSums {
  readonly appended: number
  readonly readings: number
  readonly refused: number
  readonly impossible: number
}

export const NONE: RedriveSums = { appended: 0, readings: 0, refused: 0, impossible: 0 }

/** Whether it makes sense to try this letter. */
export const canTry = ({ impossible, redriven }: RejectedLetter): boolean =>
  impossible === null && redriven?.outcome !== 'appended'

export function addResults(sums: RedriveSums, { results }: RedrivenView): RedriveSums {
  const of = (outcome: string) => results.filter((r) => r.outcome === outcome).length
  return {
    appended: sums.appended + of('appended'),
    readings: sums.readings + results.reduce((n, r) => n + r.readings, 0),
    refused: sums.refused + of('refused'),
    impossible: sums.impossible + of('impossible'),
  }
}

/**
 * Takes in every letter that a query finds, page by page; what was taken in already, or never can be, is passed over.
 * @param query without `before`; its limit is ours
 */
export async function redriveAll(
  query: URLSearchParams,
  onProgress: (sums: RedriveSums) => void,
  api = { fetchRejected, redrive, newKey: () => crypto.randomUUID() as string },
): Promise<RedriveSums> {
  let sums = NONE
  const page = new URLSearchParams(query)
  page.set('limit', String(BATCH))
  for (;;) {
    const { letters, next } = await api.fetchRejected(page)
    const offsets = letters.filter(canTry).map(({ offset }) => offset)
    if (offsets.length > 0) sums = addResults(sums, await api.redrive(offsets, api.newKey()))
    onProgress(sums)
    if (next === null) return sums
    page.set('before', String(next))
  }
}
