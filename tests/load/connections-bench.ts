import { setTimeout as wait } from 'node:timers/promises'
import { type StartPlatform, withPlatform } from './bench-platform.ts'
import { startChild } from './bench-process.ts'
import { type BenchRow, rowOf } from './bench-row.ts'
import { usageOf } from './process-usage.ts'

const CONNECTIONS = 10_000
const SETTLE_MS = 5_000

interface ConnectionsBenchOptions {
  readonly startPlatform: StartPlatform
  readonly onProgress?: (line: string) => void
}

/** Resident memory of a gateway per idle connection: two gateway processes, one after the other, hold 10,000 each. */
export async function runConnectionsBench(options: ConnectionsBenchOptions): Promise<BenchRow[]> {
  const runs = [await bytesPerConnection(options), await bytesPerConnection(options)]
  return [
    rowOf(
      {
        name: `idle connection, ${CONNECTIONS.toLocaleString('en')} held by a gateway process`,
        unit: 'kB',
        must: 25,
        reach: 8,
        smaller: true,
      },
      runs.map((bytes) => bytes / 1_000),
    ),
  ]
}

async function bytesPerConnection(options: ConnectionsBenchOptions): Promise<number> {
  return await withPlatform(options, { commandCenter: false }, async (platform) => {
    const gateway = platform.pids().find((p) => p.name === 'gateway')?.pid as number
    const settled = async () => {
      await wait(SETTLE_MS)
      return usageOf(gateway).residentBytes
    }
    const before = await settled()
    const client = startChild('./idle-client.ts', [String(platform.mqttPort), String(CONNECTIONS), 'idle'])
    try {
      const began = performance.now()
      await client.next((m): m is 'connected' => m === 'connected')
      options.onProgress?.(`${CONNECTIONS} connections in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
      return ((await settled()) - before) / CONNECTIONS
    } finally {
      client.kill()
    }
  })
}
