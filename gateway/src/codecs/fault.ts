import type { Rejection } from './codec.ts'

/**
 * The fault of the scan that just failed. Scanners return -1 and leave it here: no exception and no object is made
 * for a malformed message, so a flood of them costs little.
 */
export const fault = { reason: '', detail: '', at: -1 }

/** Notes why a scan failed; `at` is the offset in the buffer, or -1 when no byte is to blame. Returns -1. */
export function fail(reason: string, detail: string, at: number): -1 {
  fault.reason = reason
  fault.detail = detail
  fault.at = at
  return -1
}

/** The noted fault as a rejection; its place is told relative to `from`, where the payload begins. */
export function rejection(from: number): Rejection {
  const where = fault.at < 0 ? '' : ` at byte ${fault.at - from}`
  return { reason: fault.reason, detail: `${fault.detail}${where}` }
}
