import { conversionOf, parseSeriesKey, SERIES, type SeriesDefinition, seriesIdText } from '@quartier/contracts'
import type { EventLog, LogRecord, NewRecord } from '@quartier/contracts/event-log'
import type { Logger } from '@quartier/contracts/runtime'
import type { Access } from '../access.ts'
import { conversionsIn } from './conversions.ts'
import { ANNOUNCED, COLLISION, QUARANTINED, RETIRED, SeriesTable, UNDEFINED, UNKNOWN } from './table.ts'

export interface CatalogDeps {
  readonly log: EventLog
  readonly logger: Logger
  readonly instance: string
}

interface Fresh {
  readonly handle: number
  readonly access: Access
  readonly unit: string
  readonly isPersonal: boolean
}

/** The series of `series.v1`: read at the start, followed since, and added to when a device sends a new one. */
export class Catalog {
  readonly table = new SeriesTable()
  readonly stats = { defined: 0, quarantined: 0, collisions: 0 }
  /** Position on `series.v1` up to which the table is complete. */
  #next = 0
  #fresh: Fresh[] = []
  #moved: (() => void)[] = []
  readonly #stopped = new AbortController()
  #following: Promise<void> = Promise.resolve()
  readonly #deps: CatalogDeps

  constructor(deps: CatalogDeps) {
    this.#deps = deps
  }

  /** Resolves once everything that is in `series.v1` now is known. `onFatal` hears when following it breaks. */
  async open(onFatal: (error: unknown) => void): Promise<void> {
    const end = await this.#end()
    this.#following = this.#follow().catch(onFatal)
    await this.#reached(end)
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#following
  }

  /** The series is about to be used for the first time: its definition will precede the batch that holds it. */
  introduce(handle: number, access: Access, unit: string, isPersonal = access.principal.personal): void {
    this.table.flags[handle] = (this.table.flags[handle] as number) & ~UNDEFINED
    const now = conversionOf(unit)
    this.table.convert(handle, now && { now, before: [] })
    this.#fresh.push({ handle, access, unit, isPersonal })
  }

  /** A series kept aside: announced so that it can be seen, without data. */
  quarantine(handle: number, access: Access, unit: string, isPersonal = access.principal.personal): void {
    this.introduce(handle, access, unit, isPersonal)
    this.table.flags[handle] = (this.table.flags[handle] as number) | QUARANTINED
    this.stats.quarantined++
  }

  /** What announces the series introduced since the last call; `undefined` when there are none. */
  readonly takeDefinitions = (): (() => Promise<void>) | undefined => {
    if (this.#fresh.length === 0) return undefined
    const fresh = this.#fresh
    this.#fresh = []
    return () => this.#announce(fresh)
  }

  /** Does not overwrite what somebody else has defined meanwhile, with a unit and an asset perhaps. */
  async #announce(fresh: readonly Fresh[]): Promise<void> {
    await this.#reached(await this.#end())
    const records: NewRecord[] = []
    for (const f of fresh) {
      if ((this.table.flags[f.handle] as number) & ANNOUNCED) continue
      const definition = this.#definitionOf(f)
      if (definition) records.push({ key: definition.key, value: Buffer.from(JSON.stringify(definition)) })
    }
    if (records.length > 0) await this.#deps.log.append(SERIES, records)
    this.stats.defined += records.length
  }

  #definitionOf({ handle, access, unit, isPersonal }: Fresh): SeriesDefinition | undefined {
    const { table } = this
    const key = table.keyOf(handle)
    const parts = parseSeriesKey(key)
    if (!parts) return undefined
    const { historical } = access.principal
    const quarantined = ((table.flags[handle] as number) & QUARANTINED) !== 0
    const conversion = conversionOf(unit)
    return {
      key,
      id: seriesIdText({ lo: table.lo[handle] as number, hi: table.hi[handle] as number }),
      property: parts.property,
      unit: conversion?.unit ?? unit,
      assetId: null,
      intervalMs: 0,
      source: parts.source,
      validMin: null,
      validMax: null,
      status: quarantined ? 'quarantined' : 'provisioned',
      personal: isPersonal,
      historical,
      ...(conversion && { sentUnit: unit }),
    }
  }

  async #end(): Promise<number> {
    const ranges = await this.#deps.log.ranges(SERIES)
    return ranges[0]?.next ?? 0
  }

  async #follow(): Promise<void> {
    const { log, instance } = this.#deps
    const options = { signal: this.#stopped.signal, from: 'earliest', maxRecords: 8192 } as const
    for await (const batch of log.consume(SERIES, `gateway-${instance}`, options)) {
      for (const record of batch.records) this.#learn(record)
      this.#next = batch.end[0] ?? this.#next
      const moved = this.#moved
      this.#moved = []
      for (const go of moved) go()
    }
  }

  /** Waits until the table holds everything before `end`. */
  async #reached(end: number): Promise<void> {
    while (this.#next < end && !this.#stopped.signal.aborted)
      await new Promise<void>((go) => {
        this.#moved.push(go)
      })
  }

  #learn(record: LogRecord): void {
    const key = Buffer.from(record.key)
    const flags = flagsOf(record.value)
    let handle = this.table.find(key, 0, key.length)
    if (handle >= 0) this.table.flags[handle] = flags
    else if (handle === UNKNOWN) handle = this.table.insert(key, 0, key.length, flags)
    else if (handle === COLLISION) this.collide(record.key)
    if (handle >= 0) this.table.convert(handle, conversionsIn(record.value))
  }

  /** Two keys with one id: the first keeps it, the other is refused wherever it appears. */
  collide(key: string): void {
    this.stats.collisions++
    this.#deps.logger.error({ key }, 'series.collision')
  }
}

const STATUS = Buffer.from('"status":"')

/**
 * The flags of a definition, without parsing 650,000 of them: in JSON a quote inside a text is always escaped, so the
 * member cannot be part of another one. It is looked for from the end, where definitions have it.
 */
function flagsOf(definition: Uint8Array): number {
  if (definition.length === 0) return UNDEFINED
  for (let at = definition.length - STATUS.length - 1; at > 0; at--) {
    if (definition[at] !== STATUS[0] || definition[at + 1] !== STATUS[1] || !isStatus(definition, at)) continue
    const initial = definition[at + STATUS.length]
    return ANNOUNCED | (initial === 0x71 ? QUARANTINED : initial === 0x72 ? RETIRED : 0)
  }
  return ANNOUNCED
}

function isStatus(definition: Uint8Array, at: number): boolean {
  for (let i = 2; i < STATUS.length; i++) if (definition[at + i] !== STATUS[i]) return false
  return true
}
