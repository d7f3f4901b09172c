/** What is written now, and what may be written before something makes room. Bytes, and days of real time. */
export interface Growing {
  readonly bytes: number
  /** `undefined`: not known. */
  readonly budgetBytes: number | undefined
  readonly bytesPerDay: number | undefined
  /** Age at which it goes by itself, ms of real time; `undefined`: not known, or never. */
  readonly keptMs: number | undefined
}

export interface Capacity {
  /** Days until the disk is full at this rate; null: never, or not known. */
  readonly daysLeft: number | null
  /** Whether it fills before budgets and retention make room; null: not known. */
  readonly fillsUp: boolean | null
}

const DAY_MS = 86_400_000

/** How long a disk with so much free space still lasts, when all that grows on it grows as it does now. */
export function capacityOf(freeBytes: number | undefined, growing: readonly Growing[]): Capacity {
  if (freeBytes === undefined || growing.some((g) => g.bytesPerDay === undefined))
    return { daysLeft: null, fillsUp: null }
  const parts = growing.map((g) => ({ perDay: g.bytesPerDay as number, room: roomOf(g) }))
  const fillsUp = parts.reduce((sum, part) => sum + part.room, 0) > freeBytes
  if (!fillsUp) return { daysLeft: null, fillsUp }
  // Each grows until it has its room; then the others alone.
  let days = 0
  let free = freeBytes
  let open = parts.filter((part) => part.perDay > 0 && part.room > 0)
  while (open.length > 0) {
    const perDay = open.reduce((sum, part) => sum + part.perDay, 0)
    const untilNext = Math.min(...open.map((part) => part.room / part.perDay))
    if (perDay * untilNext >= free) return { daysLeft: days + free / perDay, fillsUp }
    days += untilNext
    free -= perDay * untilNext
    open = open
      .map((part) => ({ ...part, room: part.room - part.perDay * untilNext }))
      .filter((part) => part.room > part.perDay * 1e-9)
  }
  return { daysLeft: null, fillsUp }
}

/** How much it can still grow before its budget or its retention lets the oldest go. */
function roomOf({ bytes, budgetBytes, bytesPerDay = 0, keptMs }: Growing): number {
  if (bytesPerDay <= 0) return 0
  const atRest = keptMs === undefined ? Number.POSITIVE_INFINITY : (bytesPerDay * keptMs) / DAY_MS
  return Math.max(0, Math.min(budgetBytes ?? Number.POSITIVE_INFINITY, atRest) - bytes)
}
