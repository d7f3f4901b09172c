import { Controller, Get, Inject, Query } from '@nestjs/common'
import { auditQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { AUDIT } from '../tokens.ts'
import type { AuditTrail } from './audit.ts'

@Controller('api/audit')
export class AuditController {
  constructor(@Inject(AUDIT) private readonly audit: AuditTrail) {}

  @Get()
  list(@Query({ schema: auditQuerySchema }) query: z.output<typeof auditQuerySchema>) {
    return this.audit.list(query)
  }

  @Get('verify')
  verify() {
    return this.audit.verify()
  }
}
