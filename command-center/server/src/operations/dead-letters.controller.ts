import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common'
import { redriveSchema, rejectedCountsQuerySchema, rejectedQuerySchema } from '@quartier/contracts/api'
import { askRedrive } from '@quartier/contracts/dead-letters'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import { Problem } from '../http/problem.ts'
import type { Projection } from '../live/projection.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, PROJECTION, REDRIVEN, REJECTED } from '../tokens.ts'
import { type RejectedCounts, readDeadLetters } from './dead-letters.ts'
import type { RedrivenLetters } from './redriven.ts'

/** What arrived and could not be used, and a second chance for it. */
@Controller('api/rejected')
export class DeadLettersController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(PROJECTION) private readonly projection: Projection,
    @Inject(REJECTED) private readonly counts: RejectedCounts,
    @Inject(REDRIVEN) private readonly redriven: RedrivenLetters,
  ) {}

  @Get()
  async list(@Query({ schema: rejectedQuerySchema }) query: z.output<typeof rejectedQuerySchema>) {
    const principals = await this.deps.records.principals.list()
    const { personalSources } = this.projection.table
    const personal = new Set([...principals.filter((p) => p.personal).map((p) => p.source), ...personalSources])
    return readDeadLetters(this.deps.log, query, personal, this.redriven)
  }

  @Get('counts')
  count(@Query({ schema: rejectedCountsQuerySchema }) { minutes }: z.output<typeof rejectedCountsQuerySchema>) {
    return this.counts.view(minutes)
  }

  /** Decodes letters again as things are now, and appends what can be used. */
  @Post('redrive')
  @HttpCode(200)
  async redrive(@Who() { user }: Person, @Body({ schema: redriveSchema }) { offsets }: z.output<typeof redriveSchema>) {
    try {
      const { results, by, at } = await askRedrive(this.deps.log, [...new Set(offsets)], user.name)
      this.redriven.take(results, by, at)
      return { results }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'GATEWAY_SILENT') throw error
      const message = 'No gateway has answered yet. The letters are taken in again as soon as one runs.'
      throw new Problem(503, 'GATEWAY_SILENT', message, { headers: { 'retry-after': '10' }, cause: error })
    }
  }
}
