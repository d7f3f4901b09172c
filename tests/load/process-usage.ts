import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100 // USER_HZ, fixed by the Linux ABI
const PAGE_BYTES = 4096

export interface Usage {
  /** User and system seconds since the process began, ended children not counted. */
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** CPU seconds of all child processes of this one that have ended (Linux). */
export function endedChildrenCpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}

/** What the operating system has accounted to a process (Linux). Throws when it is gone. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const resident = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, residentBytes: resident }
}
