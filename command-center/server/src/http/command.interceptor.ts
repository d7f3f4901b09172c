import { createHash, randomUUID } from 'node:crypto'
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common'
import { from, lastValueFrom, type Observable } from 'rxjs'
import { type ApiRequest, actionOf } from '../access/access.guard.ts'
import { permissionFor } from '../access/permissions.ts'
import type { AuditTrail } from '../operations/audit.ts'
import { AUDIT } from '../tokens.ts'
import { Idempotency } from './idempotency.ts'
import { Problem, toProblem } from './problem.ts'

/**
 * What the permission table marks is appended to the audit chain before it takes effect, and a command's result after
 * it. Where the table asks for a key, a repeated request gets the first answer.
 */
@Injectable()
export class CommandInterceptor implements NestInterceptor {
  readonly #idempotency = new Idempotency(Date.now)

  constructor(@Inject(AUDIT) private readonly audit: AuditTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle()
    const request = context.switchToHttp().getRequest<ApiRequest>()
    const permission = permissionFor(actionOf(request))
    if (!permission?.audit) return next.handle()
    const work = () => lastValueFrom(next.handle(), { defaultValue: undefined })
    const audited = () => this.#audited(request, permission.audit as string, work)
    return from(permission.key ? this.#once(request, audited) : audited())
  }

  async #audited(request: ApiRequest, action: string, work: () => Promise<unknown>): Promise<unknown> {
    const entry = {
      principal: request.person?.user.name ?? '',
      action,
      target: targetOf(request),
      from: request.ip,
      correlationId: randomUUID(),
    }
    await this.audit.record({ ...entry, after: wordsOf(request), result: 'requested' })
    if (request.method === 'GET') return work()
    try {
      const answer = await work()
      await this.audit.record({ ...entry, result: 'done' })
      return answer
    } catch (error) {
      await this.audit.record({ ...entry, result: 'failed', reason: toProblem(error).code })
      throw error
    }
  }

  async #once(request: ApiRequest, command: () => Promise<unknown>): Promise<unknown> {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || key.length < 8 || key.length > 100)
      throw new Problem(400, 'IDEMPOTENCY_KEY_REQUIRED', 'Send an idempotency-key of 8 to 100 characters.')
    const body = request.body === undefined ? request.headers['content-length'] : JSON.stringify(request.body)
    const fingerprint = createHash('sha256').update(String(body)).digest('hex')
    return this.#idempotency.run(`${request.person?.user.name} ${actionOf(request)} ${key}`, fingerprint, command)
  }
}

/** What the command is about: the name in the path or the body, else the endpoint. */
function targetOf(request: ApiRequest): string {
  const named =
    (request.params as Record<string, unknown>).name ?? (request.body as { name?: unknown } | undefined)?.name
  return typeof named === 'string' ? named.slice(0, 200) : request.path
}

/** What was asked for, in the client's words and without secrets. */
function wordsOf(request: ApiRequest): Record<string, unknown> {
  const { password, ...body } = (request.body ?? {}) as Record<string, unknown>
  return { ...request.query, ...body, ...(password === undefined ? {} : { password: 'set' }) }
}
