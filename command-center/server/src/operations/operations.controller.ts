import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common'
import { adoptSchema, importQuerySchema, ledgerQuerySchema, quarantineQuerySchema } from '@quartier/contracts/api'
import type { Request } from 'express'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { DistrictSource } from '../district/district-source.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT, LEDGER } from '../tokens.ts'
import { adoptSeries } from './adopt.ts'
import { importInto, previewOf } from './import.ts'
import type { LedgerBook } from './ledger-book.ts'

@Controller('api')
export class OperationsController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
    @Inject(LEDGER) private readonly book: LedgerBook,
  ) {}

  @Get('ledger')
  ledger(@Query({ schema: ledgerQuerySchema }) { minutes }: z.output<typeof ledgerQuerySchema>) {
    return this.book.view(minutes)
  }

  @Get('quarantine')
  async quarantine(@Query({ schema: quarantineQuerySchema }) query: z.output<typeof quarantineQuerySchema>) {
    const { registry } = this.deps.records
    const found = await registry.series({ status: 'quarantined', after: query.after, limit: query.limit + 1 })
    const series = found.slice(0, query.limit)
    const { quarantined } = await registry.counts()
    return { series, total: quarantined, next: found.length > query.limit ? (series.at(-1)?.key ?? null) : null }
  }

  @Post('quarantine/adopt')
  @HttpCode(200)
  adopt(@Who() { user }: Person, @Body({ schema: adoptSchema }) body: z.output<typeof adoptSchema>) {
    return adoptSeries(body, user.name, this.deps, this.source.now)
  }

  /** What an import would do; nothing is kept. */
  @Post('registry/import/preview')
  @HttpCode(200)
  preview(
    @Req() request: Request,
    @Query({ schema: importQuerySchema }) { since }: z.output<typeof importQuerySchema>,
  ) {
    return previewOf(this.deps, request, { at: since ?? this.deps.clock.now() })
  }

  @Post('registry/import')
  @HttpCode(200)
  async import(
    @Req() request: Request,
    @Query({ schema: importQuerySchema }) { since }: z.output<typeof importQuerySchema>,
  ) {
    const report = await importInto(this.deps, request, { at: since ?? this.deps.clock.now() })
    await this.source.refresh()
    return report
  }
}
