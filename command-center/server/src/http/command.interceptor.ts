import { createHash } from 'node:crypto'
import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common'
import { from, lastValueFrom, type Observable } from 'rxjs'
import { type ApiRequest, actionOf } from '../access/access.guard.ts'
import { type Permission, permissionFor } from '../access/permissions.ts'
import type { AuditTrail } from '../operations/audit.ts'
import { AUDIT } from '../tokens.ts'
import { Idempotency } from './idempotency.ts'
import { Problem, toProblem } from './problem.ts'

/**
 * What the permission table marks as a command is appended to the audit chain before it takes effect, and again when
 * it fails; where it asks for a key, a repeated request gets the first answer.
 */
@Injectable()
export class CommandInterceptor implements NestInterceptor {
  readonly #idempotency = new Idempotency(Date.now)

  constructor(@Inject(AUDIT) private readonly audit: AuditTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<ApiRequest>()
    const permission = context.getType() === 'http' ? permissionFor(actionOf(request)) : undefined
    if (!permission?.audit) return next.handle()
    const command = () =>
      this.#audited(request, permission, () => lastValueFrom(next.handle(), { defaultValue: undefined }))
    return from(permission.key ? this.#once(request, command) : command())
  }

  async #audited(request: ApiRequest, permission: Permission, work: () => Promise<unknown>): Promise<unknown> {
    const entry = {
      actor: request.person?.user.name ?? '',
      role: request.person?.user.role ?? '',
      address: request.socket.remoteAddress ?? '',
      action: permission.audit ?? '',
      detail: detailOf(request),
    }
    await this.audit.append({ ...entry, outcome: 'requested' })
    try {
      return await work()
    } catch (error) {
      await this.audit.append({ ...entry, outcome: `refused: ${toProblem(error).code}` })
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

/** What was asked for, without secrets. */
function detailOf(request: ApiRequest): Record<string, unknown> {
  const { password, ...body } = (request.body ?? {}) as Record<string, unknown>
  return { ...request.params, ...request.query, ...body, ...(password === undefined ? {} : { password: 'set' }) }
}
