import {
  createColumns,
  encodeBatch,
  parseSeriesKey,
  partitionOfSlot,
  READINGS,
  SERIES,
  type SourceCounts,
  seriesIdOf,
  slotOf,
  topic,
} from '@quartier/contracts'
import type { EventLog, NewRecord } from '@quartier/contracts/event-log'
import { definitionOf } from './definitions.ts'

/** A device that sends one reading after another, each measured a millisecond after the one before. */
export class Devices {
  readonly keys: readonly string[]
  readonly #log: EventLog
  readonly #from: number
  /** Readings of each series so far; the value of a reading is its number. */
  rounds = 0

  constructor(log: EventLog, options: { readonly series: number; readonly from: number }) {
    this.#log = log
    this.#from = options.from
    this.keys = Array.from({ length: options.series }, (_, i) => `north/device-${i}/power`)
  }

  get readings(): number {
    return this.rounds * this.keys.length
  }

  async define(): Promise<void> {
    const definitions = this.keys.map((key) => ({ key, value: Buffer.from(JSON.stringify(definitionOf(key))) }))
    await this.#log.append(SERIES, definitions)
  }

  /** One reading of each series, as one record for each partition. */
  async send(): Promise<void> {
    const at = this.#from + this.rounds
    const byPartition = Map.groupBy(this.keys, partitionOfKey)
    const records = [...byPartition].map(([partition, keys]) => recordOf(keys, at, this.rounds, partition))
    await this.#log.append(READINGS, records)
    this.rounds++
  }
}

export function partitionOfKey(key: string): number {
  const { source = '', device = '' } = parseSeriesKey(key) ?? {}
  return partitionOfSlot(slotOf(source, device), topic(READINGS).partitions)
}

function recordOf(keys: readonly string[], at: number, value: number, partition: number): NewRecord {
  const columns = createColumns(keys.length)
  columns.length = keys.length
  keys.forEach((key, i) => {
    const { lo, hi } = seriesIdOf(key)
    columns.seriesLo[i] = lo
    columns.seriesHi[i] = hi
    columns.measuredAt[i] = at
    columns.receivedAt[i] = at + 5
    columns.value[i] = value
  })
  const tally = { received: keys.length, accepted: keys.length, rejected: {} }
  const counts: SourceCounts[] = [{ source: 'north', messages: tally, readings: tally, untimed: 0 }]
  return { key: 's', partition, value: encodeBatch({ columns, counts }) }
}
