import type { Position } from '../event-log/port.ts'
import type { CompactionLimits } from './compaction-plan.ts'
import type { KeptCounts } from './counts.ts'
import type { StoreFile } from './layout.ts'
import type { Retention } from './retention.ts'

/** What the store's thread and the thread that writes its files say to one another. */
export interface WorkerSetting {
  readonly folder: string
  readonly limits: CompactionLimits
  readonly retention: Retention
  readonly diskBudgetBytes: number
}

export interface FlushOrder {
  readonly type: 'flush'
  readonly flush: number
  readonly memory: SharedArrayBuffer
  readonly rows: number
  readonly late: number
  readonly position: Position
  readonly counts: KeptCounts
  readonly series: Uint8Array | undefined
  /** Platform time. */
  readonly now: number
}

export type ToWorker = FlushOrder | { readonly type: 'tidy'; readonly now: number } | { readonly type: 'close' }

export type FromWorker =
  | { readonly type: 'opened' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly retriable: boolean }
  | {
      readonly type: 'flushed'
      readonly flush: number
      readonly file: StoreFile | undefined
      readonly verdicts: Uint8Array | undefined
    }
  | { readonly type: 'flushFailed'; readonly flush: number; readonly code: string; readonly message: string }
  | { readonly type: 'replaced'; readonly gone: readonly string[]; readonly come: readonly StoreFile[] }
  | { readonly type: 'tidied' }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly fields: object
      readonly event: string
    }
