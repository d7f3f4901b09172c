/**
 * Dashboards, many in one process: each a socket that looks somewhere and takes what it is told. `fork` it with a job as
 * the first message; it says 'looking' when all have their first picture, and answers 'stop' with a {@link ClientsResult}.
 */
import type { LiveView } from '@quartier/contracts/api'
import type { Socket } from 'socket.io-client'
import { lookAt, openSocket, signIn } from './live-socket.ts'

export interface ClientsJob {
  readonly url: string
  readonly people: readonly string[]
  /** One dashboard for each. */
  readonly views: readonly LiveView[]
}

export interface ClientsResult {
  readonly ticks: number
  readonly bytes: number
  /** Since all were looking. */
  readonly seconds: number
  /** What was told, by level; a view may be told a level farther away. */
  readonly levels: Readonly<Record<string, number>>
}

const AT_ONCE = 20

if (process.send) process.once('message', (job) => void run(job as ClientsJob))

async function run({ url, people, views }: ClientsJob): Promise<void> {
  const cookies: string[] = []
  for (const name of people) cookies.push(await signIn(url, name))
  const levels: Record<string, number> = {}
  const counts = { ticks: 0, bytes: 0 }
  const sockets: Socket[] = []
  const open = async (view: LiveView, i: number) => {
    const socket = await openSocket(url, cookies[i % cookies.length] as string)
    sockets.push(socket)
    const { level } = await lookAt(socket, view)
    levels[level] = (levels[level] ?? 0) + 1
    socket.on('live:tick', (bytes: Buffer) => {
      counts.ticks++
      counts.bytes += bytes.length
    })
  }
  for (let i = 0; i < views.length; i += AT_ONCE)
    await Promise.all(views.slice(i, i + AT_ONCE).map((view, n) => open(view, i + n)))
  const before = { ...counts }
  const startedAt = performance.now()
  process.send?.('looking')
  process.on('message', () => {
    const seconds = (performance.now() - startedAt) / 1000
    const result: ClientsResult = {
      ticks: counts.ticks - before.ticks,
      bytes: counts.bytes - before.bytes,
      seconds,
      levels,
    }
    for (const socket of sockets) socket.close()
    process.send?.(result)
  })
}
