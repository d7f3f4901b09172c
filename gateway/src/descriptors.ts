import { readFileSync } from 'node:fs'

/** File descriptors that the log, the sessions and the rest of the process need beside the connections. */
const RESERVED = 1_000

/**
 * How many connections may be held: what is configured, or what the operating system's limit on open files leaves. A
 * process that runs out of descriptors cannot open its log any more.
 * @param limitsText  text of /proc/self/limits; the file itself by default, no limit where there is none
 */
export function connectionsHeld(configured: number, limitsText: string = readLimits()): number {
  const openFiles = /^Max open files\s+(\d+)/m.exec(limitsText)?.[1]
  if (openFiles === undefined) return configured
  return Math.max(1, Math.min(configured, Number(openFiles) - RESERVED))
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1')
  } catch {
    return ''
  }
}
