import { encodePack, type PackTable } from '@quartier/contracts/pack'
import { Encoder } from 'cbor-x'

/** What one message carries: row `i` is the property `properties[i]` of `devices[i]`, all measured at one instant. */
export interface Rows {
  readonly devices: readonly string[]
  readonly properties: readonly string[]
  readonly units: readonly string[]
}

/**
 * Payloads as devices send them. `values[i]` belongs to row `i`; NaN rows are left out.
 * @returns `undefined` when no row has a value
 */
export type Encode = (rows: Rows, measuredAt: number, values: ArrayLike<number>) => string | Uint8Array | undefined

/** `{"ts":…,"value":…}`: one property, which the MQTT topic names. */
export const encodeSingle: Encode = (_rows, measuredAt, values) =>
  Number.isNaN(values[0]) ? undefined : `{"ts":${measuredAt},"value":${values[0]}}`

/** `{"ts":…,"speed":…,"flow":…}`: the properties of one device, which the MQTT topic names. */
export const encodeFlat: Encode = (rows, measuredAt, values) => {
  let text = `{"ts":${measuredAt}`
  const bare = text.length
  for (let i = 0; i < rows.properties.length; i++) {
    const value = values[i]!
    if (!Number.isNaN(value)) text += `,${JSON.stringify(rows.properties[i])}:${value}`
  }
  return text.length === bare ? undefined : `${text}}`
}

/** SenML records (RFC 8428) with short JSON names; the base name is the device's, the time seconds since 1970. */
export const encodeSenmlJson: Encode = (rows, measuredAt, values) => {
  const records: string[] = []
  let device: string | undefined
  for (let i = 0; i < rows.properties.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const base = rows.devices[i] === device ? '' : `"bn":${JSON.stringify(`${rows.devices[i]}/`)},`
    const time = device === undefined ? `"bt":${measuredAt / 1000},` : ''
    device = rows.devices[i]
    const unit = rows.units[i] ? `,"u":"${rows.units[i]}"` : ''
    records.push(`{${base}${time}"n":${JSON.stringify(rows.properties[i])}${unit},"v":${value}}`)
  }
  return records.length === 0 ? undefined : `[${records.join(',')}]`
}

const cbor = new Encoder({ useRecords: false, mapsAsObjects: false })
/** CBOR labels of RFC 8428, table 4. */
const LABEL = { bn: -2, bt: -3, n: 0, u: 1, v: 2 } as const

/** The same records in CBOR. */
export const encodeSenmlCbor: Encode = (rows, measuredAt, values) => {
  const records: Map<number, string | number>[] = []
  let device: string | undefined
  for (let i = 0; i < rows.properties.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const record = new Map<number, string | number>()
    if (rows.devices[i] !== device) record.set(LABEL.bn, `${rows.devices[i]}/`)
    if (device === undefined) record.set(LABEL.bt, measuredAt / 1000)
    device = rows.devices[i]
    record.set(LABEL.n, rows.properties[i]!)
    if (rows.units[i]) record.set(LABEL.u, rows.units[i]!)
    record.set(LABEL.v, value)
    records.push(record)
  }
  // A copy: cbor-x hands out a view of its own buffer, which it goes on using while the client still sends.
  return records.length === 0 ? undefined : Uint8Array.from(cbor.encode(records))
}

/** The binary pack; `table` holds the names of the rows, encoded once. */
export function encodeTable(table: PackTable, measuredAt: number, values: Float64Array): Uint8Array | undefined {
  let present = 0
  for (let i = 0; i < table.count; i++) if (!Number.isNaN(values[i])) present++
  if (present === table.count) return encodePack({ series: table, measuredAt, value: values.subarray(0, present) })
  if (present === 0) return undefined
  const index = new Uint16Array(present)
  const value = new Float64Array(present)
  let row = 0
  for (let i = 0; i < table.count; i++) {
    if (Number.isNaN(values[i])) continue
    index[row] = i
    value[row++] = values[i]!
  }
  return encodePack({ series: table, index, measuredAt, value })
}
