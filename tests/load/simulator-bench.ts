import { isReady, startChild } from './bench-process.ts'
import { type BenchRow, rowOf } from './bench-row.ts'
import type { SimulatorResult } from './simulator-load.ts'

export interface SimulatorBenchOptions {
  readonly seconds: number
  readonly runs: number
  readonly onProgress?: (line: string) => void
}

export const isSimulatorResult = (m: unknown): m is SimulatorResult =>
  typeof (m as { acknowledgedReadings?: unknown }).acknowledgedReadings === 'number'

/** Readings that the simulator generates, encodes, sends and sees acknowledged, per CPU-second of its process. */
export async function runSimulatorBench(options: SimulatorBenchOptions): Promise<BenchRow[]> {
  const runs: number[] = []
  let rows = 0
  for (let run = 0; run < options.runs; run++) {
    const result = await measure(Math.min(options.seconds, 10))
    rows = result.acknowledgedReadings / result.acknowledgedMessages
    runs.push(result.acknowledgedReadings / result.cpuSeconds)
    options.onProgress?.(
      `${Math.round(runs.at(-1)! / 1_000)}k readings per CPU-second, ${rows.toFixed(1)} in a message`,
    )
  }
  return [
    rowOf(
      {
        name: 'simulator: readings generated and sent, packs of 20',
        unit: 'readings/CPU-s',
        must: 1_000_000,
        reach: 2_000_000,
        note: `20,000 series over 50 connections, ${rows.toFixed(1)} readings in a message; the receiver acknowledges and keeps nothing`,
      },
      runs,
    ),
  ]
}

async function measure(seconds: number): Promise<SimulatorResult> {
  const server = startChild('./null-server.ts')
  const load = startChild('./simulator-load.ts')
  try {
    const { port } = await server.next(isReady)
    load.send({ port, sensors: 20_000, connections: 50, readingsPerMessage: 20, seconds })
    return await load.next(isSimulatorResult)
  } finally {
    load.kill()
    server.kill()
  }
}
