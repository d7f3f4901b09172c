import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import type { Request, Response } from 'express'
import type { Socket } from 'socket.io'
import { DEPS } from '../tokens.ts'
import { toProblem } from './problem.ts'

/** Every error leaves as `{code, message, where}`; what we did not foresee is logged whole and told as INTERNAL. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(DEPS) private readonly deps: ServiceDeps) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const problem = toProblem(error)
    if (host.getType() === 'ws') {
      const where = String(host.switchToWs().getPattern())
      this.#note(problem.status, error, where)
      host.switchToWs().getClient<Socket>().emit('live:error', problem.body(where))
      return
    }
    const http = host.switchToHttp()
    const request = http.getRequest<Request>()
    const response = http.getResponse<Response>()
    const where = `${request.method} ${request.path}`
    this.#note(problem.status, error, where)
    if (response.headersSent) response.destroy()
    else response.status(problem.status).set(problem.headers).json(problem.body(where))
  }

  #note(status: number, error: unknown, where: string): void {
    if (status === 500) this.deps.logger.error({ err: error, where }, 'http.failed')
    else if (status >= 502) this.deps.logger.warn({ err: error, where }, 'http.unavailable')
  }
}
