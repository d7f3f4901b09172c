import { type Asset, conversionOf, converted, type SeriesDefinition } from '@quartier/contracts'
import type { editAssetSchema, editSeriesSchema } from '@quartier/contracts/api'
import { announcePending } from '@quartier/contracts/records/announce'
import type { z } from 'zod'
import { Problem, unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'
import type { District } from './district.ts'

type Deps = Pick<ServerDeps, 'records' | 'log' | 'clock'>

const LOCK = 'registry-edit'

/** Changes an asset: what it was is kept as a version, and the log is told. @throws Problem 400, 404, 409 */
export async function editAsset(
  id: string,
  { since, basedOn, ...changes }: z.output<typeof editAssetSchema>,
  deps: Deps,
  district: District,
): Promise<{ asset: Asset; sinceAt: number }> {
  const { registry } = deps.records
  return deps.records.lock(LOCK, async () => {
    const before = await registry.asset(id)
    if (!before) throw unknown('asset', id)
    refuseOutdated((await registry.assetVersions(id)).at(-1)?.sinceAt, basedOn)
    const asset: Asset = { ...before, ...defined(changes) }
    const { parentId, placeId } = asset
    if (!district.place(placeId)) throw wrong('placeId', `There is no place "${placeId}".`)
    if (parentId !== null && !district.asset(parentId)) throw wrong('parentId', `There is no asset "${parentId}".`)
    if (parentId === id || (parentId !== null && district.below(id).some((b) => b.asset.id === parentId)))
      throw wrong('parentId', `${id} would hang on itself: ${parentId} hangs on it.`)
    await registry.importDistrict({ places: [], assets: [asset], series: [] }, undefined, at(since, deps))
    await announcePending(deps.log, deps.records)
    const last = (await registry.assetVersions(id)).at(-1)
    return { asset: last?.asset ?? asset, sinceAt: last?.sinceAt ?? deps.clock.now() }
  })
}

/** The same for a series. @throws Problem 400, 404, 409 */
export async function editSeries(
  key: string,
  { since, basedOn, ...changes }: z.output<typeof editSeriesSchema>,
  deps: Deps,
): Promise<{ series: SeriesDefinition; sinceAt: number }> {
  const { registry } = deps.records
  const newest = async () => (await registry.seriesVersions([key])).get(key)?.at(-1)
  return deps.records.lock(LOCK, async () => {
    const before = await registry.seriesByKey(key)
    if (!before) throw unknown('series', key)
    if (before.status === 'quarantined')
      throw new Problem(409, 'SERIES_CONFLICT', 'It waits in quarantine: adopt it first.', { where: key })
    refuseOutdated((await newest())?.sinceAt, basedOn)
    const definition = withUnit({ ...before, ...defined(changes) }, before, changes)
    const [refused] = await registry.putSeries([definition], at(since, deps))
    if (refused) {
      const [where = '', ...words] = refused.reason.split(': ')
      throw words.length > 0
        ? wrong(where, `${where}: ${words.join(': ')}`)
        : wrong('assetId', `There is no asset "${definition.assetId}".`)
    }
    await announcePending(deps.log, deps.records)
    const last = await newest()
    return { series: last?.definition ?? definition, sinceAt: last?.sinceAt ?? deps.clock.now() }
  })
}

/**
 * With a unit that is declared anew: what the device sends from now on. Bounds that come with it are in that unit, those
 * that stay keep their numbers.
 */
function withUnit(changed: SeriesDefinition, before: SeriesDefinition, changes: UnitChange): SeriesDefinition {
  const { unit } = changes
  if (unit === undefined || unit === (before.sentUnit ?? before.unit)) return changed
  const conversion = conversionOf(unit)
  const { sentUnit: _, ...rest } = changed
  if (!conversion) return { ...rest, unit }
  const bound = (name: 'validMin' | 'validMax') => {
    const given = changes[name]
    return given === undefined || given === null ? changed[name] : Number(converted(given, conversion).toPrecision(14))
  }
  return { ...rest, unit: conversion.unit, sentUnit: unit, validMin: bound('validMin'), validMax: bound('validMax') }
}

type UnitChange = Pick<z.output<typeof editSeriesSchema>, 'unit' | 'validMin' | 'validMax'>

function refuseOutdated(sinceAt: number | undefined, basedOn: number | undefined): void {
  if (basedOn === undefined || sinceAt === undefined || sinceAt === basedOn) return
  throw new Problem(409, 'REGISTRY_CONFLICT', 'Somebody has changed this meanwhile. Look at it again.', {
    where: 'basedOn',
  })
}

const at = (since: number | undefined, { clock }: Pick<Deps, 'clock'>) => ({ at: since ?? clock.now() })

const wrong = (where: string, message: string) => new Problem(400, 'INPUT_INVALID', message, { where })

const defined = <T extends object>(given: T): Partial<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>
