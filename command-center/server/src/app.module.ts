import { type DynamicModule, Module, type Provider } from '@nestjs/common'
import { AccessGuard } from './access/access.guard.ts'
import { AssetsController } from './district/assets.controller.ts'
import { DistrictController } from './district/district.controller.ts'
import { RegistryController } from './district/registry.controller.ts'
import { EventsController } from './events/events.controller.ts'
import { AttentionController } from './live/attention.controller.ts'
import { LiveGateway } from './live/live.gateway.ts'
import { TilesController } from './live/tiles.controller.ts'
import { MappingsController } from './mappings/mappings.controller.ts'
import { AuditController } from './operations/audit.controller.ts'
import { DeadLettersController } from './operations/dead-letters.controller.ts'
import { OperationsController } from './operations/operations.controller.ts'
import { PrivacyController } from './operations/privacy.controller.ts'
import { ReceiptsController } from './operations/receipts.controller.ts'
import { DevicesController } from './people/devices.controller.ts'
import { PeopleController } from './people/people.controller.ts'
import { PrincipalsController } from './people/principals.controller.ts'
import { DetailController } from './platform/detail.controller.ts'
import { HealthController } from './platform/health.controller.ts'
import { PlatformController } from './platform/platform.controller.ts'
import { SearchController } from './search/search.controller.ts'
import { ReadingsController } from './series/readings.controller.ts'
import { SeriesController } from './series/series.controller.ts'
import { SessionController } from './sessions/session.controller.ts'

const SHELLS = [
  SessionController,
  DistrictController,
  TilesController,
  AttentionController,
  RegistryController,
  AssetsController,
  SeriesController,
  SearchController,
  ReadingsController,
  EventsController,
  PlatformController,
  DetailController,
  OperationsController,
  DeadLettersController,
  PrivacyController,
  ReceiptsController,
  AuditController,
  PeopleController,
  PrincipalsController,
  DevicesController,
  MappingsController,
  HealthController,
]

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: a Nest module is a class
export class AppModule {
  /** Everything the shells are given, by its symbol. */
  static with(values: ReadonlyMap<symbol, unknown>): DynamicModule {
    const given: Provider[] = [...values].map(([provide, useValue]) => ({ provide, useValue }))
    return { module: AppModule, controllers: SHELLS, providers: [...given, AccessGuard, LiveGateway] }
  }
}
