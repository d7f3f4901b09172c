import type { Catalog } from './catalog.ts'
import type { Fleet } from './fleet.ts'

/**
 * Adds a reading to the lines of all servers that take its slot. A new point without `quality` is good: the field is
 * written only when there is something to say. One that may stand there already says it always, since InfluxDB keeps
 * fields that a later line of the same point leaves out.
 */
export function writeReading(
  { catalog, fleet }: { readonly catalog: Catalog; readonly fleet: Fleet },
  o: number,
  at: number,
  receivedAt: number,
  value: number,
  quality: number,
  mayStandThere: boolean,
): void {
  const device = catalog.device[o] as number
  const field = catalog.fields[catalog.field[o] as number] as Catalog['fields'][number]
  const { tags } = catalog.devices[device] as Catalog['devices'][number]
  const writers = fleet.writersOf(catalog.slot[o] as number)
  for (let i = 0; i < writers.length; i++) {
    const { raw } = writers[i] as (typeof writers)[number]
    raw.begin(device, at, tags)
    raw.put(field.value)
    raw.float(value)
    if (quality !== 0 || mayStandThere) {
      raw.put(field.quality)
      raw.integer(quality)
    }
    raw.put(field.delay)
    raw.integer(receivedAt - at)
  }
}
