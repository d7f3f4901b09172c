import { usageOf } from '../load/process-usage.ts'
import { type Findings, megabytes } from './findings.ts'

interface Watched {
  readonly name: string
  readonly pid: number | undefined
}

const EVERY_MS = 100

/** Resident memory of processes, looked at ten times a second, from now until `stop`. */
export function watchMemory(processes: () => readonly Watched[]) {
  const first = look(processes())
  const peak = new Map(first)
  const timer = setInterval(() => {
    for (const [name, bytes] of look(processes())) peak.set(name, Math.max(bytes, peak.get(name) ?? 0))
  }, EVERY_MS)
  const growth = (name: string): number => (peak.get(name) ?? 0) - (first.get(name) ?? 0)
  return {
    stop: () => clearInterval(timer),
    /** By how much a process has grown beyond what it held at the beginning, at its worst. */
    growth,
    /** Promises that no process grew by more than `bound` bytes. */
    report(findings: Findings, bound: number): void {
      const parts = [...peak].map(([name, top]) => `${name} ${megabytes(first.get(name) ?? 0)} → ${megabytes(top)}`)
      const kept = [...peak.keys()].every((name) => growth(name) <= bound)
      findings.promise(kept, `memory before and at its highest (at most ${megabytes(bound)} more): ${parts.join(', ')}`)
    },
  }
}

export type MemoryWatch = ReturnType<typeof watchMemory>

function look(processes: readonly Watched[]): Map<string, number> {
  const bytes = new Map<string, number>()
  for (const { name, pid } of processes) {
    try {
      if (pid !== undefined) bytes.set(name, usageOf(pid).residentBytes)
    } catch {
      // It has just ended; its successor is looked at next time.
    }
  }
  return bytes
}
