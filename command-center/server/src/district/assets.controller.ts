import { Controller, Get, Inject, Param, Query } from '@nestjs/common'
import { type AssetPage, assetQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import { unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT } from '../tokens.ts'
import type { DistrictSource } from './district-source.ts'

@Controller('api/assets')
export class AssetsController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
  ) {}

  @Get(':id')
  async page(
    @Who() { scope }: Person,
    @Param('id') id: string,
    @Query({ schema: assetQuerySchema }) { limit }: z.output<typeof assetQuerySchema>,
  ): Promise<AssetPage> {
    const district = this.source.now
    const asset = district.asset(id)
    const zoneId = district.zoneOfAsset(id)
    if (!asset || !scope.sees(zoneId)) throw unknown('asset', id)
    const isSeen = (other: { id: string }) => scope.sees(district.zoneOfAsset(other.id))
    const below = district.below(id).filter((b) => isSeen(b.asset))
    return {
      asset,
      place: district.place(asset.placeId) ?? null,
      zone: district.place(zoneId ?? '') ?? null,
      topology: {
        parents: district.parents(id).filter(isSeen),
        below: below.slice(0, limit),
        assets: below.length,
      },
      versions: [...(await this.deps.records.registry.assetVersions(id))].filter((v) =>
        scope.sees(v.zoneId ?? undefined),
      ),
    }
  }
}
