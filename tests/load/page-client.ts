/**
 * A control-room page and the sensors that it watches, in one process: the web client's own feed on a real Socket.IO
 * connection, and numbered readings over MQTT that leave on schedule whatever happens. `fork` it with a job as the
 * first message; it says 'loaded' when it shows as many series as it was told to expect, begins to publish on
 * 'measure', and answers 'stop' with a {@link PageResult}.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { TileIndex } from '@quartier/contracts/api'
import { io } from 'socket.io-client'
import { createFeed, type Feed, type FeedSocket } from '../../command-center/web/src/live/feed.ts'
import { connectPacket, publishPacket } from './mqtt-wire.ts'

export interface PageJob {
  readonly url: string
  readonly name: string
  readonly password: string
  readonly mqttPort: number
  /** Series, without the probes', that the page shows before it is loaded. */
  readonly series: number
}

export interface PageResult {
  /** Numbered readings that were due, and those that the page never had. */
  readonly probes: number
  readonly missing: number
  /** The same with those that introduced the series. */
  readonly published: number
  /** Milliseconds from the instant at which a reading was due to leave until the page's state had it. */
  readonly latencies: readonly number[]
}

const PROBE_SOURCE = 'probe'
const PROBE_SERIES = 32
const EVERY_MS = 20
const PICTURE_MS = 16
const HEARTBEAT_MS = 500
const PATIENCE_MS = 20_000

if (process.send) process.once('message', (job) => void run(job as PageJob).then((r) => process.send?.(r)))

async function run(job: PageJob): Promise<PageResult> {
  const keys = Array.from({ length: PROBE_SERIES }, (_, i) => `${PROBE_SOURCE}/p${i}/n`)
  const device = connect(job.mqttPort, '127.0.0.1')
  device.setNoDelay(true)
  device.write(connectPacket('probe'))
  device.resume()
  for (let i = 0; i < PROBE_SERIES; i++) device.write(probe(i, -1, i + 1))
  const cookie = await signIn(job)
  const feed = createFeed({
    socket: socketTo(job.url, cookie),
    fetchIndex: async (id, revision, signal) => {
      const path = `${job.url}/api/live/tiles/${encodeURIComponent(id)}?revision=${revision}`
      return (await (await fetch(path, { headers: { cookie }, signal })).json()) as TileIndex
    },
    nextPicture: (callback) => void setTimeout(callback, PICTURE_MS),
    heartbeat: (callback) => {
      const timer = setInterval(callback, HEARTBEAT_MS)
      return () => clearInterval(timer)
    },
    elapsed: () => performance.now(),
    wall: () => Date.now(),
  })
  feed.follow({ keys })
  await shown(feed, job.series)
  process.send?.('loaded')
  await told('measure')
  const result = await measure(feed, keys, device)
  feed.close()
  device.destroy()
  return result
}

async function measure(feed: Feed, keys: readonly string[], device: Socket): Promise<PageResult> {
  const beganAt = performance.now()
  const seenAt = new Map<number, number>()
  let sent = 0
  let on = true
  let { series } = feed.view().focus
  let rows = rowsOf(series, keys)
  const unsubscribe = feed.subscribe(() => {
    const now = performance.now()
    const { focus: data } = feed.view()
    if (data.series !== series) {
      series = data.series
      rows = rowsOf(series, keys)
    }
    for (const row of rows) {
      // Everything of this series up to the newest one is overwritten by now at the latest.
      for (let k = data.value[row] as number; k >= 0 && !seenAt.has(k); k -= PROBE_SERIES) seenAt.set(k, now)
    }
  })
  const timer = setInterval(() => {
    for (; on && performance.now() - beganAt >= sent * EVERY_MS; sent++)
      device.write(probe(sent % PROBE_SERIES, sent, PROBE_SERIES + 1 + (sent % 60_000)))
  }, 5)
  await told('stop')
  on = false
  clearInterval(timer)
  const until = performance.now() + PATIENCE_MS
  while (seenAt.size < sent && performance.now() < until) await wait(20)
  unsubscribe()
  const latencies = [...seenAt].map(([n, at]) => at - beganAt - n * EVERY_MS)
  return { probes: sent, missing: sent - seenAt.size, published: sent + PROBE_SERIES, latencies }
}

const probe = (series: number, value: number, packetId: number): Buffer =>
  publishPacket(`t/${PROBE_SOURCE}/d/p${series}/n`, Buffer.from(`{"ts":${Date.now()},"value":${value}}`), packetId)

const rowsOf = (series: readonly { readonly key: string }[], keys: readonly string[]): number[] =>
  keys.map((key) => series.findIndex((s) => s.key === key)).filter((row) => row >= 0)

async function shown(feed: Feed, series: number): Promise<void> {
  const until = performance.now() + 6 * PATIENCE_MS
  for (;;) {
    const { focus, loaded, tiles } = feed.view()
    const shown = tiles.places.reduce((sum, { facts }) => sum + facts.series, 0)
    if (loaded && shown >= series && focus.series.length === PROBE_SERIES) return
    if (performance.now() > until)
      throw new Error(`the page shows ${shown} of ${series} series after ${(6 * PATIENCE_MS) / 1_000} s`)
    await wait(50)
  }
}

async function signIn({ url, name, password }: PageJob): Promise<string> {
  const answer = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  })
  if (!answer.ok) throw new Error(`sign in to ${url}: ${answer.status} ${await answer.text()}`)
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

/** As the page opens it, with the cookie that a browser would send by itself. */
function socketTo(url: string, cookie: string): FeedSocket {
  const socket = io(url, {
    transports: ['websocket'],
    reconnection: false,
    autoConnect: false,
    timeout: 5_000,
    extraHeaders: { cookie },
  })
  return {
    on: (event, listener) => socket.on(event, (...args: unknown[]) => listener(...args.map(asInBrowsers))),
    emit: (event, ...args) => socket.emit(event, ...args),
    connect: () => socket.connect(),
    disconnect: () => socket.disconnect(),
  }
}

const asInBrowsers = (value: unknown): unknown =>
  Buffer.isBuffer(value) ? value.buffer.slice(value.byteOffset, value.byteOffset + value.length) : value

const told = (what: string): Promise<void> =>
  new Promise((resolve) => {
    const heard = (message: unknown) => {
      if (message !== what) return
      process.off('message', heard)
      resolve()
    }
    process.on('message', heard)
  })
