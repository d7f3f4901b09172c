import { hashed, hashText, MARK_OUT_OF_RANGE, parseSeriesId, type SeriesDefinition } from '@quartier/contracts'
import type { LiveSeries } from '@quartier/contracts/live'
import { IdTable, widened } from './id-table.ts'
import { Words } from './words.ts'

/** What a series is; the order gives the code. 0: seen, but not defined yet. */
const STATUSES = ['undefined', 'active', 'provisioned', 'quarantined', 'retired'] as const
const SHOWN_LAST = STATUSES.indexOf('provisioned')

/**
 * Every series of the installation with its newest value, in columns: about 90 bytes a series and its key. A series
 * keeps its place for the life of the process. One that is read before it is defined has a place and no key yet.
 */
export class SeriesTable {
  readonly #ids = new IdTable()
  #capacity = 1024
  status = new Uint8Array(1024)
  intervalMs = new Float64Array(1024)
  validMin = new Float64Array(1024)
  validMax = new Float64Array(1024)
  /** Number of the asset in {@link assets}; 0 is none. */
  asset = new Uint32Array(1024)
  /** NaN until there is one. */
  value = new Float64Array(1024)
  /** Epoch ms; 0 until there is a value. */
  measuredAt = new Float64Array(1024)
  receivedAt = new Float64Array(1024)
  quality = new Uint8Array(1024)
  /** The tick in which the value last changed. */
  changed = new Uint32Array(1024)
  readonly assets = new Words()
  readonly #properties = new Words()
  readonly #units = new Words()
  #property = new Uint32Array(1024)
  #unit = new Uint32Array(1024)
  #keyStart = new Uint32Array(1024)
  #keyLength = new Uint16Array(1024)
  #keyBytes = Buffer.alloc(65_536)
  #keyEnd = 0
  /** Counts up with every definition that was new or changed what a watcher sees. */
  revision = 0

  get length(): number {
    return this.#ids.length
  }

  find(lo: number, hi: number): number {
    return this.#ids.find(lo, hi)
  }

  /** The place of this id, made when it is new. */
  place(lo: number, hi: number): number {
    const place = this.#ids.add(lo, hi)
    if (place >= this.#capacity) this.#grow()
    if (this.measuredAt[place] === 0) this.value[place] = Number.NaN
    return place
  }

  define(d: SeriesDefinition): void {
    const id = parseSeriesId(d.id)
    if (!id) return
    const place = this.place(id.lo, id.hi)
    if (this.#keyLength[place] === 0) this.#keepKey(place, d.key)
    this.status[place] = STATUSES.indexOf(d.status)
    this.intervalMs[place] = d.intervalMs
    this.validMin[place] = d.validMin ?? Number.NaN
    this.validMax[place] = d.validMax ?? Number.NaN
    this.asset[place] = this.assets.number(d.assetId ?? '')
    this.#property[place] = this.#properties.number(d.property)
    this.#unit[place] = this.#units.number(d.unit)
    this.revision++
  }

  /** The definition is gone: nobody watches the series any more, its place stays. */
  remove(key: string): void {
    hashText(key)
    const place = this.find(hashed.lo, hashed.hi)
    if (place < 0) return
    this.status[place] = 0
    this.revision++
  }

  /** Whether people watch this series: it is defined, and neither quarantined nor retired. */
  shown(place: number): boolean {
    const status = this.status[place] as number
    return status > 0 && status <= SHOWN_LAST
  }

  outOfRange(place: number): boolean {
    const value = this.value[place] as number
    const marked = ((this.quality[place] as number) & MARK_OUT_OF_RANGE) !== 0
    return marked || value < (this.validMin[place] as number) || value > (this.validMax[place] as number)
  }

  key(place: number): string {
    const start = this.#keyStart[place] as number
    return this.#keyBytes.toString('utf8', start, start + (this.#keyLength[place] as number))
  }

  describe(place: number): LiveSeries {
    const hex = (n: number) => n.toString(16).padStart(8, '0')
    return {
      key: this.key(place),
      id: hex(this.#ids.hi[place] as number) + hex(this.#ids.lo[place] as number),
      property: this.#properties.word(this.#property[place] as number),
      unit: this.#units.word(this.#unit[place] as number),
      assetId: this.assets.word(this.asset[place] as number) || null,
      intervalMs: this.intervalMs[place] as number,
      validMin: orNull(this.validMin[place] as number),
      validMax: orNull(this.validMax[place] as number),
    }
  }

  #keepKey(place: number, key: string): void {
    const length = Buffer.byteLength(key)
    if (this.#keyEnd + length > this.#keyBytes.length) {
      const longer = Buffer.alloc(Math.max(this.#keyBytes.length * 2, this.#keyEnd + length))
      this.#keyBytes.copy(longer, 0, 0, this.#keyEnd)
      this.#keyBytes = longer
    }
    this.#keyBytes.write(key, this.#keyEnd)
    this.#keyStart[place] = this.#keyEnd
    this.#keyLength[place] = length
    this.#keyEnd += length
  }

  #grow(): void {
    const n = this.#capacity * 2
    this.#capacity = n
    this.status = widened(this.status, n)
    this.intervalMs = widened(this.intervalMs, n)
    this.validMin = widened(this.validMin, n)
    this.validMax = widened(this.validMax, n)
    this.asset = widened(this.asset, n)
    this.value = widened(this.value, n)
    this.measuredAt = widened(this.measuredAt, n)
    this.receivedAt = widened(this.receivedAt, n)
    this.quality = widened(this.quality, n)
    this.changed = widened(this.changed, n)
    this.#property = widened(this.#property, n)
    this.#unit = widened(this.#unit, n)
    this.#keyStart = widened(this.#keyStart, n)
    this.#keyLength = widened(this.#keyLength, n)
  }
}

const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)
