import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InfluxServer } from '../server.ts'

/** The servers that `QUARTIER_TEST_INFLUX` names; empty when it is not set. */
export function testServers(): InfluxServer[] {
  const addresses = JSON.parse(process.env.QUARTIER_TEST_INFLUX || '[]') as Omit<InfluxServer, 'name'>[]
  return addresses.map(({ url, org, token }, i) => ({ url, org, token, name: `influx-${i + 1}` }))
}

/** A bucket that no other test uses. */
export const newBucket = (): string => `test-${randomUUID().slice(0, 13)}`

/** What a proxy does with a request: `pass`, at once or later, an answer of its own, or pass it and tell the client something else. */
export type Trouble = (
  path: string,
  count: number,
) => 'pass' | 'reset' | 'swallow' | { status: number; retryAfter?: string } | { delayMs: number }

export interface FaultyProxy {
  readonly server: InfluxServer
  /** Paths of the requests so far. */
  readonly requests: { readonly path: string; readonly at: number }[]
  trouble: Trouble
  close(): Promise<void>
}

/** Stands before a server and makes trouble. `swallow` hands the request on and cuts the connection before the answer. */
export async function startProxy(server: InfluxServer, trouble: Trouble): Promise<FaultyProxy> {
  const http = createServer((incoming, outgoing) => {
    const path = incoming.url ?? ''
    proxy.requests.push({ path, at: performance.now() })
    const wish = proxy.trouble(path, proxy.requests.length)
    if (wish === 'reset') outgoing.destroy()
    else if (typeof wish === 'object' && 'delayMs' in wish)
      setTimeout(() => forward(server.url, incoming, outgoing, false), wish.delayMs)
    else if (typeof wish === 'object') {
      incoming.resume()
      incoming.on('end', () =>
        outgoing.writeHead(wish.status, wish.retryAfter ? { 'retry-after': wish.retryAfter } : {}).end(),
      )
    } else forward(server.url, incoming, outgoing, wish === 'swallow')
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const proxy: FaultyProxy = {
    server: { ...server, url },
    requests: [],
    trouble,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
  return proxy
}

function forward(url: string, incoming: IncomingMessage, outgoing: ServerResponse, swallow: boolean): void {
  const { method, headers } = incoming
  const onward = request(new URL(incoming.url ?? '', url), { method, headers }, (answer) => {
    if (swallow) {
      answer.resume()
      answer.on('end', () => outgoing.destroy())
      return
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}
