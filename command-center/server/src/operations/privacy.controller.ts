import { join } from 'node:path'
import { Controller, Get, Inject, Query } from '@nestjs/common'
import { privacyQuerySchema } from '@quartier/contracts/api'
import { dayKeyStatus } from '@quartier/contracts/privacy/day-keys'
import type { z } from 'zod'
import type { ServerConfig } from '../config.ts'
import { samplesOf } from '../platform/gather-metrics.ts'
import type { ServerDeps } from '../server.ts'
import { CONFIG, DEPS, LEDGER, RECEIPTS } from '../tokens.ts'
import type { LedgerBook } from './ledger-book.ts'
import { privacyOf } from './privacy.ts'
import type { ReceiptBook } from './receipt-book.ts'

@Controller('api/privacy')
export class PrivacyController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(CONFIG) private readonly config: ServerConfig,
    @Inject(RECEIPTS) private readonly receipts: ReceiptBook,
    @Inject(LEDGER) private readonly ledger: LedgerBook,
  ) {}

  @Get()
  async privacy(@Query({ schema: privacyQuerySchema }) { minutes }: z.output<typeof privacyQuerySchema>) {
    const { dataDir, privacyKeyFolder } = this.config
    const ingest = [...(await samplesOf(dataDir, 'ingest')).values()][0]
    const keys = dayKeyStatus(privacyKeyFolder ?? join(dataDir, 'secrets'))
    const { receipts, ledger } = this
    return privacyOf({ receipts, ledger, keys, ingest, now: this.deps.clock.now(), minutes })
  }
}
