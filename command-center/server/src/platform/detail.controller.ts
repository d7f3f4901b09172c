import { Controller, Get, Inject, Query } from '@nestjs/common'
import { silentQuerySchema, silentSeriesQuerySchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import type { ServerConfig } from '../config.ts'
import type { Projection } from '../live/projection.ts'
import type { ServerDeps } from '../server.ts'
import { CERTIFICATES, CONFIG, DEPS, MONITOR, PROJECTION, SILENCE } from '../tokens.ts'
import type { Certificates } from './certificates.ts'
import { healthOf } from './health.ts'
import type { Monitor } from './monitor.ts'
import type { Silence } from './silence.ts'

/** How the platform itself is, for those who look closer than the health strip. */
@Controller('api/health')
export class DetailController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(CONFIG) private readonly config: ServerConfig,
    @Inject(MONITOR) private readonly monitor: Monitor,
    @Inject(PROJECTION) private readonly projection: Projection,
    @Inject(CERTIFICATES) private readonly certificates: Certificates,
    @Inject(SILENCE) private readonly silence: Silence,
  ) {}

  @Get()
  health() {
    const { deps, projection, certificates, monitor } = this
    const { rates, history, logGrowth } = monitor
    return healthOf({ deps, projection, certificates, rates, history, logGrowth, dataDir: this.config.dataDir })
  }

  @Get('silent')
  silent(@Query({ schema: silentQuerySchema }) query: z.output<typeof silentQuerySchema>) {
    return this.silence.gateways(query)
  }

  @Get('silent/series')
  series(@Query({ schema: silentSeriesQuerySchema }) query: z.output<typeof silentSeriesQuerySchema>) {
    return this.silence.series(query.gatewayId ?? null, query.skip, query.limit)
  }
}
