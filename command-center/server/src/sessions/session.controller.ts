import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common'
import { loginSchema, type SessionView } from '@quartier/contracts/api'
import type { CookieOptions, Request, Response } from 'express'
import type { z } from 'zod'
import { Who } from '../access/access.guard.ts'
import { type Person, SESSION_COOKIE, type Sessions } from '../access/sessions.ts'
import type { ServerConfig } from '../config.ts'
import type { LiveFeed } from '../live/feed.ts'
import type { AuditTrail } from '../operations/audit.ts'
import { AUDIT, CONFIG, FEED, SESSIONS } from '../tokens.ts'

@Controller('api/session')
export class SessionController {
  constructor(
    @Inject(SESSIONS) private readonly sessions: Sessions,
    @Inject(AUDIT) private readonly audit: AuditTrail,
    @Inject(FEED) private readonly feed: LiveFeed,
    @Inject(CONFIG) private readonly config: ServerConfig,
  ) {}

  @Post()
  @HttpCode(200)
  async login(
    @Body({ schema: loginSchema }) { name, password }: z.output<typeof loginSchema>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionView> {
    const entry = { principal: name, action: 'session.begin', target: name, from: request.ip }
    try {
      const person = await this.sessions.login(name, password, request.ip ?? '')
      await this.audit.record({ ...entry, result: 'done' })
      response.cookie(SESSION_COOKIE, person.token, this.#cookie())
      return this.#view(person)
    } catch (error) {
      const code = (error as { code?: string }).code
      if (code === 'LOGIN_REFUSED') await this.audit.record({ ...entry, result: 'denied', reason: code })
      throw error
    }
  }

  @Get()
  get(@Who() person: Person): SessionView {
    return this.#view(person)
  }

  @Delete()
  @HttpCode(204)
  async logout(@Who() person: Person, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.sessions.logout(person.token)
    this.feed.dismiss((other) => other.token === person.token)
    response.clearCookie(SESSION_COOKIE, this.#cookie())
  }

  #view({ session }: Person): SessionView {
    return {
      user: { ...session.user, zones: [...session.user.zones] },
      csrfToken: session.csrfToken,
      expiresAt: session.expiresAt,
      timeZone: this.config.timeZone,
    }
  }

  #cookie(): CookieOptions {
    return { httpOnly: true, sameSite: 'strict', path: '/', secure: this.config.secureCookies }
  }
}
