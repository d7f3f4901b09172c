import { createHash, timingSafeEqual } from 'node:crypto'
import { Controller, Get, Inject, Req, Res } from '@nestjs/common'
import type { Request, Response } from 'express'
import type { ServerConfig } from '../config.ts'
import { openApiDocument } from '../http/openapi.ts'
import { Problem } from '../http/problem.ts'
import type { Projection } from '../live/projection.ts'
import type { ServerDeps } from '../server.ts'
import { CONFIG, DEPS, MONITOR, PROJECTION } from '../tokens.ts'
import { gatherMetrics } from './gather-metrics.ts'
import type { Monitor } from './monitor.ts'

@Controller()
export class HealthController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(CONFIG) private readonly config: ServerConfig,
    @Inject(MONITOR) private readonly monitor: Monitor,
    @Inject(PROJECTION) private readonly projection: Projection,
  ) {}

  @Get('healthz')
  health() {
    return this.#readiness()
  }

  @Get('readyz')
  ready(@Res({ passthrough: true }) response: Response) {
    const readiness = this.#readiness()
    response.status(readiness.ready ? 200 : 503)
    return readiness
  }

  @Get('openapi.json')
  openApi() {
    return openApiDocument()
  }

  @Get('metrics')
  async metrics(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!mayRead(request, this.config.metricsToken))
      throw new Problem(403, 'ROLE_DENIED', 'From another machine /metrics needs its bearer token.')
    response.set('content-type', this.deps.metrics.contentType)
    response.end(await gatherMetrics(this.deps.metrics, this.config.dataDir))
  }

  #readiness() {
    const { logReady, recordsReady, storeReady } = this.monitor
    const word = (ready: boolean) => (ready ? 'ready' : 'waiting')
    const ready = logReady && recordsReady && storeReady && this.projection.ready
    return {
      ready,
      parts: {
        log: word(logReady),
        records: word(recordsReady),
        store: word(storeReady),
        projection: word(this.projection.ready),
      },
    }
  }
}

function mayRead(request: Request, token: string | null): boolean {
  // With a token set, everybody shows it: behind a proxy on this machine every request comes from loopback.
  if (token !== null) return sameText(request.headers.authorization ?? '', `Bearer ${token}`)
  const loopback = /^(::1|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '')
  return loopback && request.headers['x-forwarded-for'] === undefined
}

/** Compares in a time that does not tell how much was right. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
