import { RECEIPTS } from '@quartier/contracts'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import { REMOVAL_KINDS, type Receipt, type RemovalKind } from '@quartier/contracts/privacy'

const MINUTE_MS = 60_000
/** Cameras of one source that are told apart between two batches; what more there are count as none. */
const MAX_CAMERAS = 20_000

type Cameras = Map<string, Uint32Array>

/** What has been removed since the last batch, by source, minute and camera. It is written down with the next batch. */
export class ReceiptBook {
  /** Since the start, by kind. */
  readonly removedBy = new Map<string, number>()
  #gathering = new Map<string, Cameras>()

  /** `counts` is by place in REMOVAL_KINDS. */
  add(source: string, receivedAt: number, camera: string, counts: Uint32Array): void {
    const page = `${Math.floor(receivedAt / MINUTE_MS)} ${source}`
    let cameras = this.#gathering.get(page)
    if (!cameras) {
      cameras = new Map()
      this.#gathering.set(page, cameras)
    }
    const name = cameras.has(camera) || cameras.size < MAX_CAMERAS ? camera : ''
    const sums = cameras.get(name) ?? new Uint32Array(REMOVAL_KINDS.length)
    cameras.set(name, sums)
    for (let kind = 0; kind < sums.length; kind++) {
      const count = counts[kind] as number
      if (count === 0) continue
      sums[kind] = (sums[kind] as number) + count
      const word = REMOVAL_KINDS[kind] as string
      this.removedBy.set(word, (this.removedBy.get(word) ?? 0) + count)
    }
  }

  /** What writes down the receipts since the last call; `undefined` when there are none. */
  take(log: EventLog): (() => Promise<void>) | undefined {
    if (this.#gathering.size === 0) return undefined
    const pages = this.#gathering
    this.#gathering = new Map()
    const records = [...pages].map(([page, cameras]) => recordOf(page, cameras))
    return async () => {
      await log.append(RECEIPTS, records)
    }
  }
}

function recordOf(page: string, cameras: Cameras): NewRecord {
  const space = page.indexOf(' ')
  const source = page.slice(space + 1)
  const receipt: Receipt = {
    source,
    minute: Number(page.slice(0, space)) * MINUTE_MS,
    cameras: Object.fromEntries([...cameras].map(([camera, counts]) => [camera, byKind(counts)])),
  }
  return { key: source, value: Buffer.from(JSON.stringify(receipt)) }
}

/** Counts by place in REMOVAL_KINDS as counts by kind, without those that are 0. */
export function byKind(counts: Uint32Array): Partial<Record<RemovalKind, number>> {
  const named: Partial<Record<RemovalKind, number>> = {}
  REMOVAL_KINDS.forEach((kind, place) => {
    const count = counts[place] as number
    if (count > 0) named[kind] = count
  })
  return named
}
