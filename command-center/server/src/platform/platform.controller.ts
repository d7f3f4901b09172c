import { Controller, Get, Inject } from '@nestjs/common'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, MONITOR } from '../tokens.ts'
import type { Monitor } from './monitor.ts'

@Controller('api')
export class PlatformController {
  constructor(
    @Inject(MONITOR) private readonly monitor: Monitor,
    @Inject(DEPS) private readonly deps: ServerDeps,
  ) {}

  @Get('platform')
  platform(@Who() { scope }: Person) {
    return this.monitor.view(scope)
  }

  @Get('zones')
  zones(@Who() { scope }: Person) {
    return { at: this.deps.clock.now(), zones: this.monitor.zoneStates(scope) }
  }
}
