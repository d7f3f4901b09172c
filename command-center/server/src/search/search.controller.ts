import { Controller, Get, Inject, Query } from '@nestjs/common'
import type { Asset } from '@quartier/contracts'
import { type FoundAsset, lookupQuerySchema, type SearchView, searchQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { District } from '../district/district.ts'
import type { DistrictSource } from '../district/district-source.ts'
import { seriesPage } from '../series/lookup.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT } from '../tokens.ts'
import { findAssets } from './asset-search.ts'

@Controller('api')
export class SearchController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
  ) {}

  @Get('search')
  async search(
    @Who() { scope }: Person,
    @Query({ schema: searchQuerySchema }) { text, kind, property, limit }: z.output<typeof searchQuerySchema>,
  ): Promise<SearchView> {
    const district = this.source.now
    const asked = text.trim() !== '' || kind !== undefined || property !== undefined
    const assets = property === undefined ? findAssets({ text, kind }, limit, scope, district) : []
    if (!asked) return { assets: [], series: [] }
    const { records } = this.deps
    const page = await seriesPage({ text, assetKind: kind, property, limit }, scope, { records, district })
    return {
      assets: assets.map((asset) => toFound(asset, district)),
      series: page.series.map(({ key, property, unit, assetId }) => {
        const asset = district.asset(assetId ?? '')
        return { key, property, unit, asset: asset ? toFound(asset, district) : null }
      }),
    }
  }

  @Get('lookup/assets')
  lookup(
    @Who() { scope }: Person,
    @Query({ schema: lookupQuerySchema }) { id }: z.output<typeof lookupQuerySchema>,
  ): { assets: FoundAsset[] } {
    const district = this.source.now
    const assets = id
      .map((one) => district.asset(one))
      .filter((asset) => asset !== undefined)
      .filter((asset) => scope.sees(district.zoneOfAsset(asset.id)))
    return { assets: assets.map((asset) => toFound(asset, district)) }
  }
}

function toFound(asset: Asset, district: District): FoundAsset {
  const { craft: _, contractor: __, statutoryClass: ___, ...rest } = asset
  return { ...rest, zoneId: district.zoneOfAsset(asset.id) ?? null }
}
