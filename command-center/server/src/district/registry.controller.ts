import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Query } from '@nestjs/common'
import { assetsQuerySchema, editAssetSchema, editSeriesSchema, registryNodeQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { Projection } from '../live/projection.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT, PROJECTION } from '../tokens.ts'
import { AssetSeries } from './asset-series.ts'
import type { DistrictSource } from './district-source.ts'
import { editAsset, editSeries } from './edit.ts'
import { RegistryTree } from './registry-tree.ts'

/** The registry for people: where things stand, what they are, and changing them. */
@Controller('api')
export class RegistryController {
  #tree: { readonly revision: number; readonly tree: RegistryTree } | undefined
  readonly #series: AssetSeries

  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
    @Inject(PROJECTION) projection: Projection,
  ) {
    this.#series = new AssetSeries(projection.table)
  }

  @Get('registry')
  async node(
    @Who() { scope }: Person,
    @Query({ schema: registryNodeQuerySchema }) query: z.output<typeof registryNodeQuerySchema>,
  ) {
    await this.source.refresh()
    const seriesOf = this.#series.counter()
    return this.#now().node(query, scope, seriesOf)
  }

  @Get('assets')
  async find(
    @Who() { scope }: Person,
    @Query({ schema: assetsQuerySchema }) query: z.output<typeof assetsQuerySchema>,
  ) {
    await this.source.refresh()
    const seriesOf = this.#series.counter()
    return this.#now().find(query, scope, seriesOf)
  }

  @Patch('assets/:id')
  @HttpCode(200)
  async editAsset(
    @Param('id') id: string,
    @Body({ schema: editAssetSchema }) changes: z.output<typeof editAssetSchema>,
  ) {
    await this.source.refresh()
    const edited = await editAsset(id, changes, this.deps, this.source.now)
    await this.source.refresh()
    return edited
  }

  @Patch('series/:key')
  @HttpCode(200)
  editSeries(
    @Param('key') key: string,
    @Body({ schema: editSeriesSchema }) changes: z.output<typeof editSeriesSchema>,
  ) {
    return editSeries(key, changes, this.deps)
  }

  #now(): RegistryTree {
    const { revision, now } = this.source
    if (this.#tree?.revision !== revision) this.#tree = { revision, tree: new RegistryTree(now) }
    return this.#tree.tree
  }
}
