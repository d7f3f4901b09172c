import type { StoreFile, Tier } from './layout.ts'

export interface Retention {
  readonly rawMs?: number
  readonly minuteMs?: number
  readonly hourMs?: number
}

export interface Expiry {
  readonly gone: readonly StoreFile[]
  readonly why: 'age' | 'budget'
}

/** Files whose newest reading is older than their tier is kept. What was sent as history does not age. */
export function expired(files: readonly StoreFile[], now: number, retention: Retention): StoreFile[] {
  const kept: Record<Tier, number | undefined> = {
    raw: retention.rawMs,
    minute: retention.minuteMs,
    hour: retention.hourMs,
  }
  return files.filter((f) => {
    const keepMs = kept[f.tier]
    return keepMs !== undefined && !f.historical && f.maxAt < now - keepMs
  })
}

const ORDER: readonly Tier[] = ['raw', 'minute', 'hour']

/** Files to give up so that the rest fits: the oldest raw ones first, rollups when no raw file is left. */
export function overBudget(files: readonly StoreFile[], budgetBytes: number): StoreFile[] {
  let excess = files.reduce((sum, f) => sum + f.bytes, 0) - budgetBytes
  const gone: StoreFile[] = []
  for (const tier of ORDER) {
    for (const file of files.filter((f) => f.tier === tier).sort((a, b) => a.maxAt - b.maxAt)) {
      if (excess <= 0) return gone
      gone.push(file)
      excess -= file.bytes
    }
  }
  return gone
}
