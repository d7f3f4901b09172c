import { timingSafeEqual } from 'node:crypto'
import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common'
import type { Request } from 'express'
import type { Socket } from 'socket.io'
import { Problem } from '../http/problem.ts'
import type { AuditTrail } from '../operations/audit.ts'
import { AUDIT, SESSIONS } from '../tokens.ts'
import { Denials } from './denials.ts'
import { permissionFor, type Refusal, refusal } from './permissions.ts'
import { type Person, type Sessions, tokenIn } from './sessions.ts'

export type ApiRequest = Request & { person?: Person }
export type LiveSocket = Socket & { data: { person: Person } }

/** Lets through what the permission table allows, for HTTP and socket messages alike; all else is refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #denials: Denials

  constructor(
    @Inject(SESSIONS) private readonly sessions: Sessions,
    @Inject(AUDIT) audit: AuditTrail,
  ) {
    this.#denials = new Denials(audit)
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() === 'ws') return this.#allowMessage(context)
    const request = context.switchToHttp().getRequest<ApiRequest>()
    const permission = permissionFor(actionOf(request))
    if (permission?.roles !== 'anybody') request.person = await this.sessions.find(tokenIn(request.headers.cookie))
    const refused = refusal(permission, request.person?.user)
    if (refused) {
      const principal = request.person?.user.name
      if (principal && permission?.audit)
        await this.#denials.note({ principal, action: permission.audit, from: request.ip, reason: refused })
      throw denied(refused)
    }
    if (!READS.has(request.method)) refuseForgery(request)
    return true
  }

  #allowMessage(context: ExecutionContext): boolean {
    const socket = context.switchToWs().getClient<LiveSocket>()
    const refused = refusal(permissionFor(`socket ${context.switchToWs().getPattern()}`), socket.data.person?.user)
    if (refused) throw denied(refused)
    return true
  }
}

/** The person who asks; only on endpoints that need a session. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<ApiRequest>().person
})

/** The row of the permission table that a request falls under, such as "GET /api/series/:key". */
export function actionOf(request: Pick<Request, 'method' | 'route'>): string {
  const method = request.method === 'HEAD' ? 'GET' : request.method
  return `${method} ${(request.route as { path?: string } | undefined)?.path ?? '?'}`
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses what another site may have made the browser send: a foreign origin, a form, a missing token. */
function refuseForgery(request: ApiRequest): void {
  const { origin, host } = request.headers
  const foreign = origin !== undefined && !sameHost(origin, host)
  const type = request.headers['content-type'] ?? ''
  const form = hasBody(request) && !/^(application\/json|application\/geo\+json|text\/csv)\b/i.test(type)
  const token = request.person?.session.csrfToken
  if (foreign || form || (token !== undefined && !same(token, request.headers['x-csrf-token'])))
    throw new Problem(
      403,
      'CSRF_REFUSED',
      'Send the x-csrf-token of your session, from our own pages, as application/json.',
    )
}

export function sameHost(origin: string, host: string | undefined): boolean {
  try {
    return new URL(origin).host === host
  } catch {
    return false
  }
}

const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

function same(token: string, sent: string | string[] | undefined): boolean {
  if (typeof sent !== 'string') return false
  const [a, b] = [Buffer.from(token), Buffer.from(sent)]
  return a.length === b.length && timingSafeEqual(a, b)
}

const REFUSALS: Readonly<Record<Refusal, [status: number, message: string]>> = {
  SESSION_REQUIRED: [401, 'Sign in first.'],
  ROLE_DENIED: [403, 'Your role may not do this.'],
  SCOPE_DENIED: [403, 'This concerns the whole district; you see only some of its zones.'],
}

export const denied = (code: Refusal): Problem => new Problem(REFUSALS[code][0], code, REFUSALS[code][1])
