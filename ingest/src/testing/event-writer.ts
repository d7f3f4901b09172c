import { setTimeout as delay } from 'node:timers/promises'
import { type DistrictEvent, EVENTS, encodeEventBatch, type NewEvent } from '@quartier/contracts'
import type { EventLog } from '@quartier/contracts/event-log'
import type { EventReader } from '@quartier/contracts/event-store'
import { writeOf } from '@quartier/contracts/event-store/contract'

const CAMERAS = 20
const PARTITIONS = 4

/** The events of the `n`-th record: one of each camera, and the one that the first camera sent before in this partition once more. */
function eventsOf(n: number, startAt: number): NewEvent[] {
  const one = (camera: number, at: number): NewEvent => ({
    device: `camera-${camera}`,
    kind: 'line-crossed',
    measuredAt: startAt + at * 1000,
    attributes: { count: at },
  })
  return [...Array.from({ length: CAMERAS }, (_, camera) => one(camera, n)), one(0, Math.max(0, n - PARTITIONS))]
}

export interface EventWriter {
  /** Records so far. */
  count(): number
  /** Resolves to what must be stored, and how often something was told twice. */
  stop(): Promise<{ readonly events: number; readonly duplicates: number }>
}

/** Appends records of events, one after the other, until told to stop. */
export function writeEvents(log: EventLog, startAt: number, pauseMs = 2): EventWriter {
  let going = true
  let records = 0
  const done = (async () => {
    while (going) {
      const { columns, counts } = writeOf(eventsOf(records, startAt), { receivedAt: startAt + records * 1000 + 100 })
      const value = encodeEventBatch({ columns: columns[0] as (typeof columns)[number], counts })
      await log.append(EVENTS, [{ key: 'k', partition: records % PARTITIONS, value }])
      records++
      await delay(pauseMs)
    }
  })()
  return {
    count: () => records,
    async stop() {
      going = false
      await done
      return { events: records * CAMERAS, duplicates: records }
    },
  }
}

/** Device and time of everything that is stored. */
export async function storedEvents(reader: Pick<EventReader, 'search'>): Promise<string[]> {
  const found: DistrictEvent[] = []
  for (let before: string | undefined; ; ) {
    const page = await reader.search({ from: 0, to: 1e15, limit: 1000, before })
    found.push(...page.events)
    before = page.next
    if (before === undefined) break
  }
  return found.map((e) => `${e.device} ${e.measuredAt}`)
}
