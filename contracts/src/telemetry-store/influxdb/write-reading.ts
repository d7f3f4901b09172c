import type { Catalog } from './catalog.ts'
import type { Fleet } from './fleet.ts'
import type { LateReading } from './late.ts'

/**
 * Adds a reading to the lines of all servers that take its slot. A new point without `quality` is good: the field is
 * written only when there is something to say. One that may stand there already says it always, since InfluxDB keeps
 * fields that a later line of the same point leaves out.
 */
export function writeReading(
  { catalog, fleet }: { readonly catalog: Catalog; readonly fleet: Fleet },
  { ordinal: o, at, receivedAt, value, quality }: LateReading,
  mayStandThere: boolean,
): void {
  const device = catalog.device[o] as number
  const field = catalog.fields[catalog.field[o] as number] as Catalog['fields'][number]
  const { linePrefix } = catalog.devices[device] as Catalog['devices'][number]
  const said = quality !== 0 || mayStandThere ? `${field.quality}${quality}i` : ''
  const fields = `${field.value}${value}${said}${field.delay}${receivedAt - at}i`
  for (const { raw } of fleet.writersOf(catalog.slot[o] as number)) raw.add(device, linePrefix, at, fields)
}
