import type { SeriesDefinition } from '@quartier/contracts'
import type { adoptedSchema, adoptSchema } from '@quartier/contracts/api'
import { adopt } from '@quartier/contracts/records/announce'
import type { z } from 'zod'
import type { District } from '../district/district.ts'
import { unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'

/** Makes quarantined series active, at an asset and with a unit, interval and range where these are given. */
export async function adoptSeries(
  request: z.output<typeof adoptSchema>,
  by: string,
  deps: Pick<ServerDeps, 'records' | 'log'>,
  district: District,
): Promise<z.output<typeof adoptedSchema>> {
  const { keys, assetId, ...given } = request
  if (assetId !== null && !district.asset(assetId)) throw unknown('asset', assetId)
  const { registry } = deps.records
  const known = await registry.seriesByKeys(keys)
  const waiting = [...known.values()].filter((s) => s.status === 'quarantined')
  const completed = waiting.map((s): SeriesDefinition => ({ ...s, ...defined(given), assetId: assetId ?? s.assetId }))
  const refused = [
    ...[...new Set(keys)].flatMap((key) => {
      const status = known.get(key)?.status
      return status === 'quarantined' ? [] : [{ key, reason: status ? `is ${status}` : 'is unknown' }]
    }),
    ...(await registry.putSeries(completed)),
  ]
  const wrong = new Set(refused.map((r) => r.key))
  const right = completed.map((s) => s.key).filter((key) => !wrong.has(key))
  const adopted = await adopt(deps.records, deps.log, right, by)
  return { adopted: adopted.length, refused }
}

const defined = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>
