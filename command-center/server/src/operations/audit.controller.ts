import { Controller, Get, Inject, Query } from '@nestjs/common'
import { auditQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import type { ServerDeps } from '../server.ts'
import { AUDIT, DEPS } from '../tokens.ts'
import type { AuditTrail } from './audit.ts'
import { readAudit } from './read-audit.ts'

@Controller('api/audit')
export class AuditController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(AUDIT) private readonly audit: AuditTrail,
  ) {}

  @Get()
  list(@Query({ schema: auditQuerySchema }) query: z.output<typeof auditQuerySchema>) {
    return readAudit(this.deps.log, query)
  }

  @Get('verify')
  verify() {
    return this.audit.verify()
  }
}
