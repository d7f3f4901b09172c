import { QuartierError } from '@quartier/contracts'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'

/** A store that is connected to when it is first needed; until somebody answers its calls fail as STORE_UNAVAILABLE. */
export function storeLater(connect: () => Promise<TelemetryStore>): TelemetryStore {
  let connected: TelemetryStore | undefined
  let connecting: Promise<TelemetryStore> | undefined
  let closed = false
  const get = async (): Promise<TelemetryStore> => {
    if (closed) throw new QuartierError('STORE_CLOSED', 'the store is closed')
    if (connected) return connected
    connecting ??= connect().finally(() => {
      connecting = undefined
    })
    connected = await connecting
    if (closed) await connected.close()
    return connected
  }
  return {
    supports: { atomicPosition: true, sql: false, exactDuplicateCounts: false },
    position: async () => (await get()).position(),
    define: async (series) => (await get()).define(series),
    write: async (batches) => (await get()).write(batches),
    flush: async () => (await get()).flush(),
    takeCounts: async () => (await get()).takeCounts(),
    last: async (series) => (await get()).last(series),
    range: async (series, from, to, limit) => (await get()).range(series, from, to, limit),
    windows: async (series, from, to, stepMs) => (await get()).windows(series, from, to, stepMs),
    export: async (request, onProgress) => (await get()).export(request, onProgress),
    series: async () => (await get()).series(),
    usage: async () => (await get()).usage(),
    async close() {
      closed = true
      await connected?.close()
    },
  }
}
