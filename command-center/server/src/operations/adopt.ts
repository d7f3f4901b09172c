import type { SeriesDefinition } from '@quartier/contracts'
import type { adoptedSchema, adoptSchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import type { District } from '../district/district.ts'
import { unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'

/** Makes quarantined series active, at an asset and with a unit, interval and range where these are given. */
export async function adopt(
  request: z.output<typeof adoptSchema>,
  deps: Pick<ServerDeps, 'records' | 'log'>,
  district: District,
): Promise<z.output<typeof adoptedSchema>> {
  const { keys, assetId, ...given } = request
  if (assetId !== null && !district.asset(assetId)) throw unknown('asset', assetId)
  const refused: { key: string; reason: string }[] = []
  const adopted: SeriesDefinition[] = []
  for (const key of new Set(keys)) {
    const series = await deps.records.registry.seriesByKey(key)
    if (series?.status === 'quarantined')
      adopted.push({ ...series, ...defined(given), assetId: assetId ?? series.assetId, status: 'active' })
    else refused.push({ key, reason: series ? `is ${series.status}` : 'is unknown' })
  }
  refused.push(...(await deps.records.registry.putSeries(adopted)))
  return { adopted: keys.length - refused.length, refused }
}

const defined = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>
