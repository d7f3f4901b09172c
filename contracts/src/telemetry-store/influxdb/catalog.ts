import { QuartierError } from '../../errors.ts'
import { parseSeriesKey, slotOf } from '../../series/key.ts'
import type { SeriesMeta } from '../port.ts'
import { doubled, SeriesTable, UNKNOWN } from '../series-table.ts'
import { DELAY_FIELD, escaped, lineTags, type Place, placeOf, QUALITY_FIELD, TIER_FIELDS } from './names.ts'

const encoder = new TextEncoder()

/** A pair of source and device: what InfluxDB counts as a series. */
interface Device {
  readonly source: string
  readonly device: string
  /** What stands between measurement and fields in its lines. */
  readonly tags: Uint8Array
}

/** What the fields of a property begin with in a line. */
interface Field {
  readonly name: string
  readonly value: Uint8Array
  readonly quality: Uint8Array
  readonly delay: Uint8Array
  /** In the order of `TIER_FIELDS`. */
  readonly tier: readonly Uint8Array[]
}

/** The series with what their lines are built from: texts are made once and used for every reading. */
export class Catalog {
  readonly table = new SeriesTable()
  readonly devices: Device[] = []
  readonly fields: Field[] = []
  /** By ordinal: places in `devices` and `fields`, and the slot. */
  device = new Uint32Array(1024)
  field = new Uint32Array(1024)
  slot = new Uint8Array(1024)
  size = 0
  #deviceOf = new Map<string, number>()
  #fieldOf = new Map<string, number>()

  /** @throws QuartierError SERIES_COLLISION; STORE_FULL when there would be more than `maxDevices` devices */
  define(meta: SeriesMeta, maxDevices: number): void {
    const isNew = this.table.find(meta.lo, meta.hi) === UNKNOWN
    if (isNew && this.devices.length >= maxDevices && !this.#deviceOf.has(deviceKey(placeOf(meta.key)))) {
      const message = `define ${meta.key}: there are ${maxDevices} devices already, which is the limit`
      throw new QuartierError('STORE_FULL', message, { retriable: true })
    }
    this.table.define(meta)
    this.index()
  }

  /** Lays out the series that the table has gained. */
  index(): void {
    const { table } = this
    while (this.device.length < table.size) {
      this.device = doubled(this.device)
      this.field = doubled(this.field)
      this.slot = doubled(this.slot)
    }
    for (; this.size < table.size; this.size++) this.#add(this.size, table.key(this.size))
  }

  placeOf(o: number): Place {
    const { source, device } = this.devices[this.device[o] as number] as Device
    return { source, device, field: (this.fields[this.field[o] as number] as Field).name }
  }

  #add(o: number, key: string): void {
    const { source, device, field } = placeOf(key)
    this.device[o] = findOrAdd(this.#deviceOf, deviceKey({ source, device }), this.devices, () => ({
      source,
      device,
      tags: encoder.encode(lineTags({ source, device })),
    }))
    this.field[o] = findOrAdd(this.#fieldOf, field, this.fields, () => ({
      name: field,
      value: encoder.encode(`${escaped(field)}=`),
      quality: encoder.encode(`,${escaped(field)}${QUALITY_FIELD}=`),
      delay: encoder.encode(`,${escaped(field)}${DELAY_FIELD}=`),
      tier: TIER_FIELDS.map((name, i) => encoder.encode(`${i === 0 ? '' : ','}${escaped(field)}${name}=`)),
    }))
    const parts = parseSeriesKey(key)
    this.slot[o] = parts ? slotOf(parts.source, parts.device) : slotOf('', key)
  }
}

const deviceKey = ({ source, device }: Pick<Place, 'source' | 'device'>): string => `${source}\n${device}`

function findOrAdd<T>(places: Map<string, number>, key: string, list: T[], make: () => T): number {
  const known = places.get(key)
  if (known !== undefined) return known
  places.set(key, list.length)
  return list.push(make()) - 1
}
