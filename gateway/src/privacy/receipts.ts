import { RECEIPTS } from '@quartier/contracts'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import { REMOVAL_KINDS, type Receipt } from '@quartier/contracts/privacy'
import { byKind } from '../tally.ts'

const MINUTE_MS = 60_000
/** Cameras of one source that are told apart between two batches; what more there are count as none. */
const MAX_CAMERAS = 20_000

type Cameras = Map<string, Uint32Array>

/** What has been removed since the last batch, by source, minute and camera. It is written down with the next batch. */
export class ReceiptBook {
  readonly #total = new Float64Array(REMOVAL_KINDS.length)
  #gathering = new Map<string, Cameras>()
  /** Where the last message was counted, as the next one may be. */
  #source = ''
  #minute = -1
  #cameras: Cameras = new Map()

  /** Since the start, by kind. */
  removedBy(): [kind: string, count: number][] {
    return REMOVAL_KINDS.map((kind, place): [string, number] => [kind, this.#total[place] as number]).filter(
      ([, count]) => count > 0,
    )
  }

  /** `counts` is by place in REMOVAL_KINDS, and not kept. */
  add(source: string, receivedAt: number, camera: string, counts: Uint32Array): void {
    const minute = Math.floor(receivedAt / MINUTE_MS)
    if (source !== this.#source || minute !== this.#minute) this.#turnTo(source, minute)
    let sums = this.#cameras.get(camera)
    if (sums === undefined) {
      const name = this.#cameras.size < MAX_CAMERAS ? camera : ''
      sums = this.#cameras.get(name) ?? new Uint32Array(REMOVAL_KINDS.length)
      this.#cameras.set(name, sums)
    }
    for (let kind = 0; kind < sums.length; kind++) {
      const count = counts[kind] as number
      if (count === 0) continue
      sums[kind] = (sums[kind] as number) + count
      this.#total[kind] = (this.#total[kind] as number) + count
    }
  }

  #turnTo(source: string, minute: number): void {
    const page = `${minute} ${source}`
    let cameras = this.#gathering.get(page)
    if (!cameras) {
      cameras = new Map()
      this.#gathering.set(page, cameras)
    }
    this.#source = source
    this.#minute = minute
    this.#cameras = cameras
  }

  /** What writes down the receipts since the last call; `undefined` when there are none. */
  take(log: EventLog): (() => Promise<void>) | undefined {
    if (this.#gathering.size === 0) return undefined
    const pages = this.#gathering
    this.#gathering = new Map()
    this.#minute = -1
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
