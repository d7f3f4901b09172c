import { Readable } from 'node:stream'
import { Controller, Get, Inject, Query, StreamableFile } from '@nestjs/common'
import type { SeriesDefinition } from '@quartier/contracts'
import { exportQuerySchema, lastQuerySchema, rangeQuerySchema, windowsQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { ServerConfig } from '../config.ts'
import type { DistrictSource } from '../district/district-source.ts'
import { Problem } from '../http/problem.ts'
import type { Projection } from '../live/projection.ts'
import type { ZoneIndex } from '../live/zone-index.ts'
import type { ServerDeps } from '../server.ts'
import { CONFIG, DEPS, DISTRICT, PROJECTION, ZONES } from '../tokens.ts'
import { exportCsv, windowsCsv } from './csv.ts'
import { gridFor, offsetOf } from './grid.ts'
import { checkRange, rangeOf } from './history.ts'
import { selectLast } from './last-selection.ts'
import { lastValueAt } from './last-value.ts'
import { intervalOf, seriesFor, seriesPage } from './lookup.ts'
import { windowsOf } from './windows.ts'

const EXPORT_SERIES_MOST = 20_000

@Controller('api')
export class ReadingsController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
    @Inject(PROJECTION) private readonly projection: Projection,
    @Inject(ZONES) private readonly zones: ZoneIndex,
    @Inject(CONFIG) private readonly config: ServerConfig,
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
    const now = this.deps.clock.now()
    const { to = now, from = to - (query.last ?? Number.NaN), step, points } = query
    checkRange(from, to, step, query.series.length)
    const series = await this.#series(person, query.series)
    const least = Math.max(1000, Math.min(...series.map(intervalOf)))
    const grid = step ? { from, to, step } : gridFor(from, to, points, least, offsetOf(this.config.timeZone, from))
    return windowsOf(this.#history, series, grid, now)
  }

  @Get('range')
  async range(@Who() person: Person, @Query({ schema: rangeQuerySchema }) query: z.output<typeof rangeQuerySchema>) {
    checkRange(query.from, query.to)
    return rangeOf(this.#history, await this.#series(person, query.series), query)
  }

  @Get('export')
  async export(@Who() person: Person, @Query({ schema: exportQuerySchema }) query: z.output<typeof exportQuerySchema>) {
    const { from, to, step, back } = query
    checkRange(from, to, step, query.series?.length)
    const series = query.series
      ? await this.#series(person, query.series)
      : await this.#seriesOfZone(person, query.zoneId)
    await this.deps.store.position() // An unreachable store is told as such, before the first byte.
    const text = step
      ? windowsCsv(this.#history, series, { from, to, step }, back, this.deps.clock.now())
      : exportCsv(this.#history, series, from, to)
    return new StreamableFile(Readable.from(text), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="${step ? 'windows' : 'readings'}.csv"`,
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
