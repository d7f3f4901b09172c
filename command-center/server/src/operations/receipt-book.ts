import { RECEIPTS } from '@quartier/contracts'
import type { ReceiptsView } from '@quartier/contracts/api'
import type { LogRecord } from '@quartier/contracts/event-log'
import { type Receipt, type RemovalKind, receiptSchema } from '@quartier/contracts/privacy'
import type { ServiceDeps } from '@quartier/contracts/runtime'
import { follow, tailOf } from '../follow.ts'
import { retrying } from '../retrying.ts'

export type Removed = Partial<Record<RemovalKind, number>>

/** One camera in one minute. */
interface Row {
  readonly source: string
  readonly camera: string
  readonly minute: number
  readonly removed: Removed
}

export interface ReceiptsAsked {
  readonly source?: string | undefined
  readonly camera?: string | undefined
  readonly minutes: number
  readonly limit: number
  readonly skip: number
  readonly cameras: number
  readonly skipCameras: number
}

const MOST = 200_000
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** What the privacy firewall has removed in the last day by camera and minute, the newest as far as there is room. */
export class ReceiptBook {
  readonly #rows = new Map<string, Row>()
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, logger } = this.#deps
    const what = 'read the ranges of receipts.v1'
    const from = await retrying(() => tailOf(log, RECEIPTS, MOST), { signal, logger, what })
    if (!from) return
    await follow(this.#deps, RECEIPTS, { from, signal }, (records) => {
      for (const record of records) this.#take(record)
    })
  }

  /** Sums by camera and the single receipts, newest first, of the last minutes of platform time. */
  view({ source, camera, minutes, limit, skip, cameras: listed, skipCameras }: ReceiptsAsked): ReceiptsView {
    const to = this.#deps.clock.now()
    const from = to - minutes * MINUTE_MS
    const rows = [...this.#rows.values()].filter(
      (row) =>
        row.minute > from - MINUTE_MS &&
        (source === undefined || row.source === source) &&
        (camera === undefined || row.camera === camera),
    )
    const cameras = new Map<string, { source: string; camera: string; removed: Removed }>()
    const removed: Removed = {}
    for (const row of rows) {
      const id = `${row.source}/${row.camera}`
      const sums = cameras.get(id) ?? { source: row.source, camera: row.camera, removed: {} }
      cameras.set(id, sums)
      addTo(sums.removed, row.removed)
      addTo(removed, row.removed)
    }
    const most = [...cameras.values()].sort(
      (a, b) => total(b.removed) - total(a.removed) || (a.camera < b.camera ? -1 : 1),
    )
    const newest = rows.sort((a, b) => b.minute - a.minute || (a.camera < b.camera ? -1 : 1))
    return {
      ...{ from, to, removed },
      cameras: most.slice(skipCameras, skipCameras + listed),
      totals: { cameras: most.length, receipts: newest.length },
      receipts: newest.slice(skip, skip + limit),
    }
  }

  /** Sums by source and kind, of whole minutes in `[from, to)`. */
  bySource(from: number, to: number): Map<string, Removed> {
    const sums = new Map<string, Removed>()
    for (const { source, minute, removed } of this.#rows.values()) {
      if (minute < from || minute >= to) continue
      const sum = sums.get(source) ?? {}
      sums.set(source, sum)
      addTo(sum, removed)
    }
    return sums
  }

  #take({ partition, offset, value }: LogRecord): void {
    const receipt = readReceipt(value)
    if (!receipt) {
      this.#deps.logger.warn({ partition, offset }, 'receipt.unreadable')
      return
    }
    const { source, minute } = receipt
    for (const [camera, removed] of Object.entries(receipt.cameras)) {
      const id = `${minute} ${source}/${camera}`
      const row = this.#rows.get(id) ?? { source, camera, minute, removed: {} }
      this.#rows.set(id, row)
      addTo(row.removed, removed)
    }
    this.#forget(this.#deps.clock.now() - DAY_MS)
  }

  #forget(oldest: number): void {
    for (const [id, row] of this.#rows) {
      if (this.#rows.size <= MOST && row.minute >= oldest) return
      this.#rows.delete(id)
    }
  }
}

export const total = (removed: Removed): number => Object.values(removed).reduce((sum, n) => sum + (n ?? 0), 0)

function addTo(sums: Removed, counts: Removed): void {
  for (const [kind, n] of Object.entries(counts) as [RemovalKind, number][]) sums[kind] = (sums[kind] ?? 0) + n
}

function readReceipt(value: Uint8Array): Receipt | undefined {
  try {
    return receiptSchema.safeParse(JSON.parse(Buffer.from(value).toString())).data
  } catch {
    return undefined
  }
}
