import { Controller, Get, Inject, Query } from '@nestjs/common'
import { parseSeriesKey } from '@quartier/contracts'
import { receiptsQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { DistrictSource } from '../district/district-source.ts'
import { Problem } from '../http/problem.ts'
import { seriesFor } from '../series/lookup.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT, RECEIPTS } from '../tokens.ts'
import type { ReceiptBook } from './receipt-book.ts'

@Controller('api/receipts')
export class ReceiptsController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
    @Inject(RECEIPTS) private readonly book: ReceiptBook,
  ) {}

  /** What was removed at the door. People who see only some zones ask for the camera of a series that they see. */
  @Get()
  async receipts(
    @Who() { scope }: Person,
    @Query({ schema: receiptsQuerySchema }) query: z.output<typeof receiptsQuerySchema>,
  ) {
    const { series, ...asked } = query
    if (series === undefined) {
      if (scope.zones) throw new Problem(403, 'SCOPE_DENIED', 'Name a series of your zones.', { where: 'series' })
      return this.book.view(asked)
    }
    const found = await seriesFor(series, scope, { records: this.deps.records, district: this.source.now })
    const parts = parseSeriesKey(found.key)
    return this.book.view({ ...asked, source: parts?.source ?? '', camera: parts?.device ?? '' })
  }
}
