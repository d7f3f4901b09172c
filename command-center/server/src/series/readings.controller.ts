import { Readable } from 'node:stream'
import { Controller, Get, Inject, Query, StreamableFile } from '@nestjs/common'
import type { SeriesDefinition } from '@quartier/contracts'
import { exportQuerySchema, lastQuerySchema, rangeQuerySchema, windowsQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { DistrictSource } from '../district/district-source.ts'
import { Problem } from '../http/problem.ts'
import type { Projection } from '../live/projection.ts'
import type { ZoneIndex } from '../live/zone-index.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT, PROJECTION, ZONES } from '../tokens.ts'
import { checkRange, exportCsv, rangeOf, windowsOf } from './history.ts'
import { selectLast } from './last-selection.ts'
import { lastValueAt } from './last-value.ts'
import { seriesFor, seriesPage } from './lookup.ts'

const EXPORT_SERIES_MOST = 20_000

@Controller('api')
export class ReadingsController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
    @Inject(PROJECTION) private readonly projection: Projection,
    @Inject(ZONES) private readonly zones: ZoneIndex,
  ) {}

  @Get('last')
  last(@Who() { scope }: Person, @Query({ schema: lastQuerySchema }) query: z.output<typeof lastQuerySchema>) {
    const { table } = this.projection
    const { places, total } = selectLast(table, this.zones, this.source.now, scope, query)
    const values = Array.from(places, (place) => lastValueAt(table, place))
    return { at: this.deps.clock.now(), values, more: total > values.length }
  }

  @Get('windows')
  async windows(
    @Who() person: Person,
    @Query({ schema: windowsQuerySchema }) query: z.output<typeof windowsQuerySchema>,
  ) {
    checkRange(query.from, query.to, query.step, query.series.length)
    return windowsOf(this.#history, await this.#series(person, query.series), query)
  }

  @Get('range')
  async range(@Who() person: Person, @Query({ schema: rangeQuerySchema }) query: z.output<typeof rangeQuerySchema>) {
    checkRange(query.from, query.to)
    return rangeOf(this.#history, await this.#series(person, query.series), query)
  }

  @Get('export')
  async export(@Who() person: Person, @Query({ schema: exportQuerySchema }) query: z.output<typeof exportQuerySchema>) {
    checkRange(query.from, query.to)
    const series = query.series
      ? await this.#series(person, query.series)
      : await this.#seriesOfZone(person, query.zoneId)
    await this.deps.store.position() // An unreachable store is told as such, before the first byte.
    return new StreamableFile(Readable.from(exportCsv(this.#history, series, query.from, query.to)), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="readings.csv"',
    })
  }

  get #history() {
    return { store: this.deps.store, registry: this.deps.records.registry }
  }

  #series({ scope }: Person, keys: readonly string[]): Promise<SeriesDefinition[]> {
    const deps = { records: this.deps.records, district: this.source.now }
    return Promise.all(keys.map((key) => seriesFor(key, scope, deps)))
  }

  async #seriesOfZone({ scope }: Person, zoneId: string | undefined): Promise<SeriesDefinition[]> {
    if (zoneId === undefined) throw new Problem(400, 'INPUT_INVALID', 'Name series or a zone.', { where: 'series' })
    const deps = { records: this.deps.records, district: this.source.now }
    const series: SeriesDefinition[] = []
    for (let after: string | undefined; ; ) {
      const page = await seriesPage({ zoneId, after, limit: 1000 }, scope, deps)
      series.push(...page.series)
      if (!page.next) break
      if (series.length >= EXPORT_SERIES_MOST)
        throw new Problem(400, 'INPUT_INVALID', `The zone has more than ${EXPORT_SERIES_MOST} series.`, {
          where: 'zoneId',
        })
      after = page.next
    }
    return series
  }
}
