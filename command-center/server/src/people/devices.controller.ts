import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common'
import { deviceLogQuerySchema, devicesQuerySchema, revokeSchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, DEVICES } from '../tokens.ts'
import type { DeviceList } from './device-list.ts'

/** Which devices there are, what happens to them at the gateway's door, and who is shut out there. */
@Controller('api')
export class DevicesController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(DEVICES) private readonly list: DeviceList,
  ) {}

  @Get('devices')
  devices(@Query({ schema: devicesQuerySchema }) query: z.output<typeof devicesQuerySchema>) {
    return this.list.view(query)
  }

  @Get('devices/log')
  async log(@Query({ schema: deviceLogQuerySchema }) query: z.output<typeof deviceLogQuerySchema>) {
    const { lines, before } = await this.deps.records.deviceLog.list(query)
    return { lines, next: lines.length === query.limit ? (before ?? null) : null }
  }

  @Get('principals/:name/credentials')
  async credentials(@Param('name') name: string) {
    return { credentials: await this.deps.records.principals.credentials(name) }
  }

  @Post('principals/:name/revoke')
  @HttpCode(200)
  async revoke(@Param('name') name: string, @Body({ schema: revokeSchema }) { reason }: z.output<typeof revokeSchema>) {
    const { principals } = this.deps.records
    if (!(await principals.find(name))) throw unknown('principal', name)
    return { revoked: await principals.revoke(name, { at: Date.now(), reason, reset: true }) }
  }
}
