import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common'
import { putPersonSchema } from '@quartier/contracts/api'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import type { Person } from '../access/sessions.ts'
import type { LiveFeed } from '../live/feed.ts'
import type { ServerDeps } from '../server.ts'
import { DEPS, FEED } from '../tokens.ts'
import { savePerson } from './save-person.ts'

@Controller('api/people')
export class PeopleController {
  constructor(
    @Inject(DEPS) private readonly deps: ServerDeps,
    @Inject(FEED) private readonly feed: LiveFeed,
  ) {}

  @Get()
  async list() {
    return { people: await this.deps.records.users.list() }
  }

  @Post()
  @HttpCode(200)
  async put(@Who() self: Person, @Body({ schema: putPersonSchema }) body: z.output<typeof putPersonSchema>) {
    const saved = await savePerson(body, self.user, this.deps.records.users)
    // What somebody may see has changed: their sockets connect again with the new rights.
    this.feed.dismiss(({ user }) => user.name === body.name)
    return saved
  }
}
