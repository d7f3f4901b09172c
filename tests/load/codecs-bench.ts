import { type StartPlatform, withPlatform } from './bench-platform.ts'
import { type BenchRow, rowOf } from './bench-row.ts'
import { type Case, measureOurs } from './ingest-bench.ts'

export interface CodecsBenchOptions {
  readonly startPlatform: StartPlatform
  /** Seconds of each run under load. */
  readonly seconds: number
  readonly runs: number
  readonly onProgress?: (line: string) => void
}

/** What a figure counts: readings, or whole messages with all that is in them. */
type Counted = Case & { readonly counts: 'readings' | 'messages' }

const lora = { readings: 4, onePerSegment: false, must: 80_000, reach: 150_000, counts: 'messages' } as const

const CASES: readonly Counted[] = [
  {
    ...{ name: 'Sparkplug B, DDATA of 20 metrics', format: 'sparkplug', source: 'sparkplug', readings: 20 },
    ...{ onePerSegment: false, must: 350_000, reach: 600_000, counts: 'readings' },
  },
  { ...lora, name: 'ChirpStack v4, 4 readings a message', format: 'chirpstack', source: 'chirpstack' },
  { ...lora, name: 'The Things Stack v3, 4 readings a message', format: 'ttn', source: 'ttn' },
  { ...lora, name: 'ONVIF occupancy, a reading and an event a message', format: 'onvif', readings: 1 },
]

/**
 * The formats of others per CPU-second through to stored, measured as `bench ingest` does: all our processes, and a run
 * counts only when the store returns the exact count and checksum of what was acknowledged.
 */
export async function runCodecsBench(options: CodecsBenchOptions): Promise<BenchRow[]> {
  const say = options.onProgress ?? (() => {})
  const rows: BenchRow[] = []
  for (const c of CASES) {
    const figures: number[] = []
    let note = ''
    for (let run = 0; run < options.runs; run++) {
      const measured = await withPlatform(options, { commandCenter: false }, (p) => measureOurs(p, c, options.seconds))
      const figure = c.counts === 'readings' ? measured.perCpuSecond : measured.messagesPerCpuSecond
      figures.push(figure)
      note = `CPU: ${measured.shares}; ${thousands(measured.perCpuSecond)} readings/CPU-s`
      say(`${c.name}: ${thousands(figure)} ${c.counts} per CPU-second (${note})`)
    }
    rows.push(rowOf({ name: c.name, unit: `${c.counts}/CPU-s`, must: c.must, reach: c.reach, note }, figures))
  }
  return rows
}

const thousands = (n: number): string => `${Math.round(n / 1_000).toLocaleString('en')}k`
