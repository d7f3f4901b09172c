import { Controller, Get, Inject, Query } from '@nestjs/common'
import { QuartierError } from '@quartier/contracts'
import { type EventsPage, eventsQuerySchema } from '@quartier/contracts/api'
import type { EventReader } from '@quartier/contracts/event-store'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Scope } from '../access/scope.ts'
import type { Person } from '../access/sessions.ts'
import type { DistrictSource } from '../district/district-source.ts'
import { Problem, unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DISTRICT } from '../tokens.ts'

const DAY_MS = 86_400_000
/** A clock of a device may be ahead of ours. */
const AHEAD_MS = 3_600_000

@Controller('api/events')
export class EventsController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DISTRICT) private readonly source: DistrictSource,
  ) {}

  @Get()
  async search(
    @Who() { scope }: Person,
    @Query({ schema: eventsQuerySchema }) query: z.output<typeof eventsQuerySchema>,
  ): Promise<EventsPage> {
    const at = this.deps.clock.now()
    const { to = at + AHEAD_MS, from = to - DAY_MS, kind: kinds, assetId: assets, device: devices, ...rest } = query
    const hidden = assets?.find((id) => !scope.sees(this.source.now.zoneOfAsset(id)))
    if (hidden !== undefined) throw unknown('asset', hidden)
    const { zoneId, ...others } = rest
    const found = await searchOrProblem(this.deps.events, {
      ...{ from, to, kinds, assets, devices, zones: zonesOf(zoneId, scope) },
      ...others,
    })
    return { at, events: [...found.events] as EventsPage['events'], next: found.next ?? null }
  }
}

/** The zones to search, of which a person of some zones sees no others. */
function zonesOf(wanted: readonly string[] | undefined, { zones, sees }: Scope): readonly string[] | undefined {
  const hidden = wanted?.find((id) => !sees(id))
  if (hidden !== undefined) throw unknown('zone', hidden)
  return wanted ?? (zones && [...zones])
}

async function searchOrProblem(events: EventReader, query: Parameters<EventReader['search']>[0]) {
  try {
    return await events.search(query)
  } catch (error) {
    if (error instanceof QuartierError && error.code === 'EVENTS_QUERY')
      throw new Problem(400, 'INPUT_INVALID', error.message, { where: 'before', cause: error })
    throw error
  }
}
