import { readFileSync } from 'node:fs'

/**
 * File descriptors for everything beside the MQTT connections: segments of the log, two for each file of the store,
 * HTTP clients and WebSockets where all runs in one process. Where there are few, half of them.
 */
const RESERVED = 2_000

/**
 * How many connections may be held: what is configured, or what the operating system's limit on open files leaves. A
 * process that runs out of descriptors cannot open its log any more.
 * @param limitsText  text of /proc/self/limits; the file itself by default, no limit where there is none
 */
export function connectionsHeld(configured: number, limitsText: string = readLimits()): number {
  const openFiles = /^Max open files\s+(\d+)/m.exec(limitsText)?.[1]
  if (openFiles === undefined) return configured
  const n = Number(openFiles)
  return Math.max(1, Math.min(configured, n - Math.min(RESERVED, Math.ceil(n / 2))))
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1')
  } catch {
    return ''
  }
}
