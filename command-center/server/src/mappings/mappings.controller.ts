import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common'
import { mappingSchema, previewBodySchema } from '@quartier/contracts/api'
import { isCameraTopic } from '@quartier/contracts/privacy'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import { Problem } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS } from '../tokens.ts'
import { listMappings, preview, removeMapping, saveMapping } from './mappings.ts'

@Controller('api/mappings')
export class MappingsController {
  constructor(@Inject(DEPS) private readonly deps: ServerDeps) {}

  @Get()
  async list() {
    return { mappings: await listMappings(this.deps.log) }
  }

  @Post()
  @HttpCode(200)
  async put(@Who() { user }: Person, @Body({ schema: mappingSchema }) mapping: z.output<typeof mappingSchema>) {
    return { mapping: await saveMapping(this.deps.log, mapping, user.name, this.deps.clock.now()) }
  }

  @Post('preview')
  @HttpCode(200)
  preview(@Body({ schema: previewBodySchema }) { mapping, mqttTopic, payload }: z.output<typeof previewBodySchema>) {
    // The question travels in the log.
    if (isCameraTopic(mqttTopic))
      throw new Problem(400, 'PERSONAL_TOPIC', 'Messages of cameras are not previewed: nothing of them may be kept.', {
        where: 'mqttTopic',
      })
    return preview(this.deps.log, { mapping, mqttTopic, payload: Buffer.from(payload) })
  }

  @Delete(':name')
  @HttpCode(204)
  remove(@Param('name') name: string): Promise<void> {
    return removeMapping(this.deps.log, name)
  }
}
