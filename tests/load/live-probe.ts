/**
 * A page and the sensors that it looks at, in one process: numbered readings leave over MQTT on schedule whatever happens,
 * and a socket is told of them. `fork` it with a job as the first message; it begins when it has its first picture, says
 * 'looking', and answers 'stop' with a {@link ProbeResult}.
 */
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { LiveView, TileIndex } from '@quartier/contracts/api'
import { PROBE_SERIES, probeKey } from './live-district.ts'
import { lookAt, openSocket, signIn, tickIn } from './live-socket.ts'
import { connectPacket, publishPacket } from './mqtt-wire.ts'

export interface ProbeJob {
  readonly url: string
  readonly person: string
  readonly mqttPort: number
  readonly view: LiveView
}

export interface ProbeResult {
  readonly probes: number
  readonly missing: number
  /** Milliseconds from the instant at which a reading was due to leave until a tick held it, or a later one of its series. */
  readonly latencies: readonly number[]
  /** Series in view. */
  readonly series: number
}

const EVERY_MS = 20
const PATIENCE_MS = 20_000

if (process.send) process.once('message', (job) => void run(job as ProbeJob))

async function run({ url, person, mqttPort, view }: ProbeJob): Promise<void> {
  const device = connect(mqttPort, '127.0.0.1')
  device.setNoDelay(true)
  device.write(connectPacket(`probe-${process.pid}`))
  device.resume()
  const cookie = await signIn(url, person)
  const socket = await openSocket(url, cookie)
  const { tiles } = await lookAt(socket, view)
  const rows = await probeRows(url, cookie, tiles)
  const seenAt = new Map<number, number>()
  socket.on('live:tick', (bytes: Buffer) => {
    const now = performance.now()
    for (const section of tickIn(bytes).sections) {
      const known = section.level === 'sensors' ? rows.get(section.tile) : undefined
      if (!known || section.level !== 'sensors') continue
      for (let r = 0; r < section.rows; r++) {
        if (!known.has(section.columns.row[r] as number)) continue
        // Everything of this series up to the newest one is overwritten by now at the latest.
        for (let n = section.columns.value[r] as number; n >= 0 && !seenAt.has(n); n -= PROBE_SERIES) seenAt.set(n, now)
      }
    }
  })
  const beganAt = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    for (; performance.now() - beganAt >= sent * EVERY_MS; sent++)
      device.write(probe(sent % PROBE_SERIES, sent, 1 + (sent % 60_000)))
  }, 5)
  process.send?.('looking')
  await new Promise((resolve) => process.once('message', resolve))
  clearInterval(timer)
  const until = performance.now() + PATIENCE_MS
  while (seenAt.size < sent && performance.now() < until) await wait(20)
  const latencies = [...seenAt].map(([n, at]) => at - beganAt - n * EVERY_MS)
  const series = tiles.reduce((sum, tile) => sum + (tile.level === 'sensors' ? tile.series : 0), 0)
  process.send?.({ probes: sent, missing: sent - seenAt.size, latencies, series } satisfies ProbeResult)
  socket.close()
  device.destroy()
}

/** By tile: the rows of the probes. */
async function probeRows(
  url: string,
  cookie: string,
  tiles: readonly { readonly tile: number; readonly id: string }[],
) {
  const keys = new Set(Array.from({ length: PROBE_SERIES }, (_, i) => probeKey(i)))
  const rows = new Map<number, Set<number>>()
  for (const { tile, id } of tiles) {
    const answer = await fetch(`${url}/api/live/tiles/${encodeURIComponent(id)}`, { headers: { cookie } })
    const index = (await answer.json()) as TileIndex
    if (index.level !== 'sensors') continue
    const own = new Set(index.series.flatMap(({ key }, row) => (keys.has(key) ? [row] : [])))
    if (own.size > 0) rows.set(tile, own)
  }
  const found = [...rows.values()].reduce((sum, own) => sum + own.size, 0)
  if (found !== PROBE_SERIES) throw new Error(`the view shows ${found} of ${PROBE_SERIES} probes`)
  return rows
}

const probe = (series: number, value: number, packetId: number): Buffer =>
  publishPacket(`t/probe/d/p${series}/n`, Buffer.from(`{"ts":${Date.now()},"value":${value}}`), packetId)
