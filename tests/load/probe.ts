import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { seriesIdOf } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'
import { connectPacket, publishPacket } from './mqtt-wire.ts'

export interface ProbeResult {
  readonly count: number
  readonly missing: number
  /** Milliseconds from the instant a probe was due to leave until a query returned it. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

const EVERY_MS = 50
const LOOK_EVERY_MS = 5
const SERIES = 16

/** Publishes a numbered reading every 50 ms, whatever happens, and looks for it in the store's last values. */
export function startProbe(port: number, store: TelemetryStore): { stop(): Promise<ProbeResult> } {
  const ids = Array.from({ length: SERIES }, (_, i) => seriesIdOf(`probe/p${i}/n`))
  const startedAt = performance.now()
  const seenAt = new Map<number, number>()
  let sent = 0
  let on = true
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.on('error', () => {})
  socket.write(connectPacket('probe'))
  const publish = () => {
    while (on && performance.now() - startedAt >= sent * EVERY_MS) {
      const payload = Buffer.from(`{"ts":${Date.now() + (sent % 2)},"value":${sent}}`)
      socket.write(publishPacket(`t/probe/d/p${sent % SERIES}/n`, payload, (sent % 65_535) + 1))
      sent++
    }
  }
  const timer = setInterval(publish, 5)
  const looking = (async () => {
    while (on || (seenAt.size < sent && performance.now() - startedAt < sent * EVERY_MS + 10_000)) {
      const last = await store.last(ids)
      const now = performance.now()
      for (let i = 0; i < SERIES; i++) {
        const n = last.value[i] as number
        // Everything of this series up to the newest one has become visible by now at the latest.
        for (let k = n; k >= 0 && !seenAt.has(k); k -= SERIES) seenAt.set(k, now)
      }
      await wait(LOOK_EVERY_MS)
    }
  })()
  return {
    async stop() {
      on = false
      clearInterval(timer)
      await looking
      socket.destroy()
      const latencies = [...seenAt].map(([n, at]) => at - startedAt - n * EVERY_MS).sort((a, b) => a - b)
      const at = (share: number) =>
        latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN
      return { count: sent, missing: sent - seenAt.size, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
    },
  }
}
