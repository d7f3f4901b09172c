import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface HttpRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly text: string
}

/** Shorter than any server keeps a connection that nobody uses, ms. */
const IDLE_MS = 15_000

const options = { keepAlive: true, timeout: IDLE_MS }
const plain = new HttpAgent(options)
const secure = new HttpsAgent(options)

/**
 * One request on a connection that is kept. The body goes to the socket as it is: `fetch` copies it twice, which costs
 * more than anything else that is done with large requests. A connection that the server has closed meanwhile is
 * replaced once.
 */
export async function exchange(url: URL, request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await attempt(url, request)
  } catch (error) {
    if (!(error as { isStale?: boolean }).isStale) throw error
    return await attempt(url, request)
  }
}

function attempt(url: URL, { method, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:'
    const settings = { method, headers, signal }
    const sent = isSecure
      ? httpsRequest(url, { ...settings, agent: secure })
      : httpRequest(url, { ...settings, agent: plain })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = sent.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted
      reject(Object.assign(signal.aborted ? (signal.reason as Error) : error, isStale && { isStale }))
    })
    sent.on('response', (answer) => {
      textOf(answer).then((text) => {
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], text })
      }, reject)
    })
    sent.end(body)
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
