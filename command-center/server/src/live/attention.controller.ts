import { Controller, Get, Inject, Query } from '@nestjs/common'
import { type Attention, attentionQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import { unknown } from '../http/problem.ts'
import { ATTENTION } from '../tokens.ts'
import type { AttentionBook } from './attention.ts'

@Controller('api/attention')
export class AttentionController {
  constructor(@Inject(ATTENTION) private readonly book: AttentionBook) {}

  @Get()
  list(
    @Who() { scope }: Person,
    @Query({ schema: attentionQuerySchema }) query: z.output<typeof attentionQuerySchema>,
  ): Attention {
    if (query.zoneId !== undefined && !scope.sees(query.zoneId)) throw unknown('zone', query.zoneId)
    return this.book.answer(scope, query)
  }
}
