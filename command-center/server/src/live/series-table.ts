import {
  hashed,
  hashText,
  MARK_OUT_OF_RANGE,
  parseSeriesId,
  QUALITY_GOOD,
  QUALITY_LEVEL,
  QUALITY_UNCERTAIN,
  type SeriesDefinition,
  type SeriesId,
} from '@quartier/contracts'
import type { LiveSeries } from '@quartier/contracts/live'
import { IdTable, widened } from './id-table.ts'
import { StateColumns } from './state-columns.ts'
import { Words } from './words.ts'

/** What a series is; the order gives the code. 0: seen, but not defined yet. */
const STATUSES = ['undefined', 'active', 'provisioned', 'quarantined', 'retired'] as const
const SHOWN_LAST = STATUSES.indexOf('provisioned')

/**
 * Every series of the installation with its newest value, in columns: about 90 bytes a series and its key. A series
 * keeps its place for the life of the process. One that is read before it is defined has a place and no key yet.
 */
export class SeriesTable {
  /** Sources that have, or had, a series of personal data: nothing raw of theirs is shown. */
  readonly personalSources = new Set<string>()
  readonly #ids = new IdTable()
  #capacity = 1024
  #found = new Int32Array(0)
  status = new Uint8Array(1024)
  /** Declared, or else learnt; 0 when neither. */
  intervalMs = new Float64Array(1024)
  #declared = new Uint8Array(1024)
  validMin = new Float64Array(1024)
  validMax = new Float64Array(1024)
  /** Number of the asset in {@link assets}; 0 is none. */
  asset = new Uint32Array(1024)
  /** Platform ms at which somebody must look at the series even if nothing comes; 0 after a definition. */
  due = new Float64Array(1024)
  readonly state = new StateColumns()
  readonly assets = new Words()
  readonly #properties = new Words()
  readonly #units = new Words()
  #property = new Uint32Array(1024)
  #unit = new Uint32Array(1024)
  #revised = new Uint32Array(1024)
  #keyStart = new Uint32Array(1024)
  #keyLength = new Uint16Array(1024)
  #keyBytes = Buffer.alloc(65_536)
  #keyEnd = 0
  /** Counts up with every definition. */
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
    if (place >= this.#capacity) this.#grow(this.#capacity * 2)
    return place
  }

  /** Makes room for so many series, about, at once: growing step by step copies all that is there each time. */
  reserve(series: number): void {
    if (series > this.#capacity) this.#grow(2 ** Math.ceil(Math.log2(series)))
    this.#ids.reserve(series)
  }

  /** The places of the first `rows` ids, made where they are new. Valid until the next call. */
  places(lo: Uint32Array, hi: Uint32Array, rows: number): Int32Array {
    if (this.#found.length < rows) this.#found = new Int32Array(rows)
    this.#ids.findAll(lo, hi, rows, this.#found)
    for (let i = 0; i < rows; i++)
      if ((this.#found[i] as number) < 0) this.#found[i] = this.place(lo[i] as number, hi[i] as number)
    return this.#found
  }

  define(d: SeriesDefinition): void {
    const id = parseSeriesId(d.id)
    if (!id) return
    if (d.personal) this.personalSources.add(d.key.slice(0, d.key.indexOf('/')))
    const place = this.place(id.lo, id.hi)
    if (this.#keyLength[place] === 0) this.#keepKey(place, d.key)
    this.#revised[place] = ++this.revision
    this.due[place] = 0
    this.status[place] = STATUSES.indexOf(d.status)
    this.intervalMs[place] = d.intervalMs || (d.learntIntervalMs ?? 0)
    this.#declared[place] = d.intervalMs > 0 ? 1 : 0
    this.validMin[place] = d.validMin ?? Number.NaN
    this.validMax[place] = d.validMax ?? Number.NaN
    this.asset[place] = this.assets.number(d.assetId ?? '')
    this.#property[place] = this.#properties.number(d.property)
    this.#unit[place] = this.#units.number(d.unit)
  }

  /** The definition is gone: nobody watches the series any more, its place stays. */
  remove(key: string): void {
    hashText(key)
    const place = this.find(hashed.lo, hashed.hi)
    if (place < 0) return
    this.status[place] = 0
    this.due[place] = 0
    this.revision++
  }

  /** Whether people watch this series: it is defined, and neither quarantined nor retired. */
  shown(place: number): boolean {
    const status = this.status[place] as number
    return status > 0 && status <= SHOWN_LAST
  }

  /** Whether somebody has declared the interval of the series. */
  isDeclared(place: number): boolean {
    return this.#declared[place] === 1
  }

  /** The {@link revision} in which the series was last defined. */
  revisedIn(place: number): number {
    return this.#revised[place] as number
  }

  /**
   * The quality byte as history has it: what lies outside the valid range is marked and at best uncertain, whether it
   * came as the device sent it or as ingest has stored it.
   */
  quality(place: number): number {
    const quality = this.state.quality(place)
    if (!this.outOfRange(place)) return quality
    return quality | MARK_OUT_OF_RANGE | ((quality & QUALITY_LEVEL) === QUALITY_GOOD ? QUALITY_UNCERTAIN : 0)
  }

  outOfRange(place: number): boolean {
    const value = this.state.value(place)
    const marked = (this.state.quality(place) & MARK_OUT_OF_RANGE) !== 0
    return marked || value < (this.validMin[place] as number) || value > (this.validMax[place] as number)
  }

  key(place: number): string {
    const start = this.#keyStart[place] as number
    return this.#keyBytes.toString('utf8', start, start + (this.#keyLength[place] as number))
  }

  id(place: number): SeriesId {
    return this.#ids.id(place)
  }

  property(place: number): string {
    return this.#properties.word(this.#property[place] as number)
  }

  unit(place: number): string {
    return this.#units.word(this.#unit[place] as number)
  }

  describe(place: number): LiveSeries {
    return {
      key: this.key(place),
      id: this.#ids.text(place),
      property: this.property(place),
      unit: this.unit(place),
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

  #grow(n: number): void {
    this.#capacity = n
    this.state.grow(n)
    this.status = widened(this.status, n)
    this.intervalMs = widened(this.intervalMs, n)
    this.#declared = widened(this.#declared, n)
    this.validMin = widened(this.validMin, n)
    this.validMax = widened(this.validMax, n)
    this.asset = widened(this.asset, n)
    this.due = widened(this.due, n)
    this.#property = widened(this.#property, n)
    this.#unit = widened(this.#unit, n)
    this.#revised = widened(this.#revised, n)
    this.#keyStart = widened(this.#keyStart, n)
    this.#keyLength = widened(this.#keyLength, n)
  }
}

const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)
