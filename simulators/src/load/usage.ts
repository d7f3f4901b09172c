import { readFileSync } from 'node:fs'

/** A process of the platform. */
export interface Process {
  readonly name: string
  readonly pid: number
}

export interface ProcessSample {
  readonly name: string
  /** Share of one processor since the sample before. */
  readonly cpu: number
  readonly memoryMb: number
}

const TICKS_PER_SECOND = 100 // USER_HZ, fixed by the Linux ABI
const PAGE_BYTES = 4096

/** Samples processor and memory of processes, as Linux accounts them; processes it cannot see are left out. */
export function createUsage(processes: () => readonly Process[]): (seconds: number) => ProcessSample[] {
  const before = new Map<number, number>()
  return (seconds) =>
    processes().flatMap(({ name, pid }) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
        const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
        const cpu = seconds > 0 && before.has(pid) ? (cpuSeconds - before.get(pid)!) / seconds : 0
        before.set(pid, cpuSeconds)
        return [{ name, cpu, memoryMb: (pages * PAGE_BYTES) / 1e6 }]
      } catch {
        return []
      }
    })
}
