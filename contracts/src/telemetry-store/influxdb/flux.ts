import { type FluxParameterLike, flux, fluxDateTime, fluxExpression } from '@influxdata/influxdb-client'

/** Times that InfluxDB can hold, ms. */
export const LEAST_TIME = -9_223_372_036_854
export const GREATEST_TIME = 9_223_372_036_854

export interface FieldsQuery {
  readonly bucket: string
  readonly measurement: string
  /** Sources with their devices. */
  readonly devices: ReadonlyMap<string, readonly string[]>
  readonly fields: readonly string[]
  /** Half-open, ms. */
  readonly from: number
  readonly to: number
  /** Most rows of each field, the oldest. */
  readonly limit?: number
  /** Only the newest row of each field. */
  readonly newest?: boolean
}

/** Rows of some fields of some devices. Every name goes in as a Flux literal that the client's library escapes. */
export function fieldsQuery(q: FieldsQuery): string {
  const devices = [...q.devices].map(
    ([source, names]) => flux`(r.source == ${source} and (${anyOf(names.map((name) => flux`r.device == ${name}`))}))`,
  )
  const fields = q.fields.map((name) => flux`r._field == ${name}`)
  const limit = q.limit === undefined ? '' : flux` |> limit(n: ${q.limit})`
  const newest = fluxExpression(q.newest ? '|> last()' : '')
  return flux`from(bucket: ${q.bucket})
  |> range(start: ${instant(q.from)}, stop: ${instant(q.to)})
  |> filter(fn: (r) => r._measurement == ${q.measurement})
  |> filter(fn: (r) => ${anyOf(fields)})
  |> filter(fn: (r) => ${anyOf(devices)}) ${newest}
  |> keep(columns: ["_time", "_value", "_field", "source", "device"])${fluxExpression(limit)}`.toString()
}

/** Rows of the meta bucket: one field of a measurement without tags, its times used as numbers. */
export const metaQuery = (bucket: string, measurement: string, field: string, from: number, to: number): string =>
  flux`from(bucket: ${bucket})
  |> range(start: ${instant(from)}, stop: ${instant(to)})
  |> filter(fn: (r) => r._measurement == ${measurement} and r._field == ${field})
  |> keep(columns: ["_time", "_value"])`.toString()

const anyOf = (terms: readonly { toString(): string }[]): FluxParameterLike => fluxExpression(terms.join(' or '))

const instant = (at: number) => fluxDateTime(new Date(Math.max(LEAST_TIME, Math.min(GREATEST_TIME, at))).toISOString())
