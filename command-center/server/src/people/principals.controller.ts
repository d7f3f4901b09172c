import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common'
import { principalSchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { unknown } from '../http/problem.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS } from '../tokens.ts'

@Controller('api/principals')
export class PrincipalsController {
  constructor(@Inject(DEPS) private readonly deps: ServerDeps) {}

  @Get()
  async list() {
    return { principals: await this.deps.records.principals.list() }
  }

  @Post()
  @HttpCode(200)
  async put(@Body({ schema: principalSchema }) principal: z.output<typeof principalSchema>) {
    return { principal, secret: await this.deps.records.principals.put(principal) }
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(@Param('name') name: string): Promise<void> {
    if (!(await this.deps.records.principals.find(name))) throw unknown('principal', name)
    await this.deps.records.principals.remove(name)
  }
}
