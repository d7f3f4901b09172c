import { Controller, Get, Inject, Param, Query } from '@nestjs/common'
import { type SeriesCard, seriesQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { DistrictSource } from '../district/district-source.ts'
import type { Projection } from '../live/projection.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT, PROJECTION } from '../tokens.ts'
import { lastValueOf } from './last-value.ts'
import { seriesFor, seriesPage, zoneOf } from './lookup.ts'

const CHILDREN_MOST = 200

@Controller('api/series')
export class SeriesController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
    @Inject(PROJECTION) private readonly projection: Projection,
  ) {}

  @Get()
  async list(
    @Who() { scope }: Person,
    @Query({ schema: seriesQuerySchema }) query: z.output<typeof seriesQuerySchema>,
  ) {
    const { kind, ...rest } = query
    const { records } = this.deps
    return seriesPage({ ...rest, assetKind: kind }, scope, { records, district: this.source.now })
  }

  @Get(':key/versions')
  async versions(@Who() { scope }: Person, @Param('key') key: string) {
    const { records } = this.deps
    await seriesFor(key, scope, { records, district: this.source.now })
    return { versions: (await records.registry.seriesVersions([key])).get(key) ?? [] }
  }

  @Get(':key')
  async card(@Who() { scope }: Person, @Param('key') key: string): Promise<SeriesCard> {
    const district = this.source.now
    const series = await seriesFor(key, scope, { records: this.deps.records, district })
    const asset = district.asset(series.assetId ?? '') ?? null
    const visible = (a: { id: string }) => scope.sees(district.zoneOfAsset(a.id))
    return {
      series,
      asset,
      place: district.place(asset?.placeId ?? '') ?? null,
      zone: district.place(zoneOf(series, district) ?? '') ?? null,
      topology: {
        parents: asset ? district.parents(asset.id).filter(visible) : [],
        children: asset ? district.children(asset.id).filter(visible).slice(0, CHILDREN_MOST) : [],
      },
      last: lastValueOf(this.projection.table, series),
    }
  }
}
