import { setTimeout as wait } from 'node:timers/promises'
import { type StartPlatform, withPlatform } from './bench-platform.ts'
import { startChild } from './bench-process.ts'
import type { BenchRow } from './bench-row.ts'
import { usageOf } from './process-usage.ts'

const CLIENTS = 2
const CONNECTIONS = 10_000

/** Resident memory of the gateway per idle connection: two client processes hold 10,000 each. */
export async function runConnectionsBench(options: {
  readonly startPlatform: StartPlatform
  readonly onProgress?: (line: string) => void
}): Promise<BenchRow[]> {
  return await withPlatform(
    options,
    { commandCenter: false, settings: { gateway: { limits: { connections: 30_000 } } } },
    async (platform) => {
      const gateway = platform.pids().find((p) => p.name === 'gateway')?.pid as number
      const settled = async () => {
        await wait(5_000)
        return usageOf(gateway).residentBytes
      }
      const before = await settled()
      const clients = Array.from({ length: CLIENTS }, (_, i) =>
        startChild('./idle-client.ts', [String(platform.mqttPort), String(CONNECTIONS), `idle${i}`]),
      )
      try {
        const began = performance.now()
        await Promise.all(clients.map((c) => c.next((m): m is 'connected' => m === 'connected')))
        options.onProgress?.(
          `${CLIENTS * CONNECTIONS} connections in ${((performance.now() - began) / 1_000).toFixed(1)} s`,
        )
        const bytes = (await settled()) - before
        return [
          {
            name: `idle connection, ${CONNECTIONS.toLocaleString('en')} held by each of ${CLIENTS} processes`,
            value: bytes / (CLIENTS * CONNECTIONS) / 1_000,
            unit: 'kB',
            must: 25,
            reach: 8,
            smaller: true,
          },
        ]
      } finally {
        for (const client of clients) client.kill()
      }
    },
  )
}
