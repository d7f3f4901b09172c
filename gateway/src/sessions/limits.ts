import type { SessionLimits, SessionStats } from './types.ts'

const MIB = 1024 * 1024

export const DEFAULT_LIMITS: SessionLimits = {
  queueMessages: 1_000,
  queueBytes: MIB,
  totalQueueBytes: 128 * MIB,
  incomingBytes: MIB,
  incomingOwnerBytes: 8 * MIB,
  totalIncomingBytes: 64 * MIB,
  retainedMessages: 200_000,
  retainedBytes: 128 * MIB,
  retainedPerClient: 10_000,
  sessions: 50_000,
  expiryMs: 3_600_000,
  fileBytes: 1024 * MIB,
  pendingRows: 100_000,
}

export const newStats = (): SessionStats => ({
  commits: 0,
  commitSeconds: 0,
  rowsWritten: 0,
  failures: 0,
  droppedMessages: 0,
  droppedBytes: 0,
  droppedRetained: 0,
  expiredSessions: 0,
  evictedSessions: 0,
  sessions: 0,
  queuedMessages: 0,
  queuedBytes: 0,
  retainedMessages: 0,
  retainedBytes: 0,
})
