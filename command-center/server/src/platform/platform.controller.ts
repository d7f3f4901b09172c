import { Controller, Get, Inject } from '@nestjs/common'
import type { AboutView } from '@quartier/contracts/api'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { ServerConfig } from '../config.ts'
import type { DistrictSource } from '../district/district-source.ts'
import { basemapOf } from '../http/basemap.ts'
import type { ServerDeps } from '../server.ts'
import { CONFIG, DEPS, DISTRICT, MONITOR } from '../tokens.ts'
import type { Monitor } from './monitor.ts'

@Controller('api')
export class PlatformController {
  constructor(
    @Inject(MONITOR) private readonly monitor: Monitor,
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(CONFIG) private readonly config: ServerConfig,
    @Inject(DISTRICT) private readonly source: DistrictSource,
  ) {}

  @Get('platform')
  platform(@Who() { scope }: Person) {
    return this.monitor.view(scope)
  }

  @Get('zones')
  zones(@Who() { scope }: Person) {
    return { at: this.deps.clock.now(), zones: this.monitor.zoneStates(scope) }
  }

  @Get('about')
  about(): AboutView {
    const district = this.source.now.places.find(({ kind }) => kind === 'district')
    return {
      at: this.deps.clock.now(),
      timeZone: this.config.timeZone,
      district: district ? { name: district.name, nameAr: district.nameAr } : null,
      basemap: basemapOf(this.config.basemap)?.view ?? null,
    }
  }
}
