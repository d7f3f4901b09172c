/**
 * Events as columns: row `i` of every array is one event. Arrays may be longer than `length`. Devices and assets are
 * places in `words`; `attributesEnd[i]` says where the JSON of row `i` ends in `attributes`, and so where the next begins.
 */
export interface EventColumns {
  length: number
  /** Four halves per row: see identity.ts. */
  ids: Uint32Array
  measuredAt: Float64Array
  receivedAt: Float64Array
  /** Word of `source/device`. */
  device: Uint32Array
  /** Word of the asset that the payload names, +1; 0 when it names none. */
  asset: Uint32Array
  /** Code of the kind. */
  kind: Uint8Array
  /** Place in SEVERITIES in the low four bits, in DATA_CLASSES above. */
  severity: Uint8Array
  quality: Uint8Array
  attributesEnd: Uint32Array
  /** UTF-8 JSON objects, one after the other; nothing for an event without attributes. */
  attributes: Uint8Array
  words: string[]
}

export function createEventColumns(rows: number, attributeBytes = rows * 64): EventColumns {
  return {
    length: 0,
    ids: new Uint32Array(rows * 4),
    measuredAt: new Float64Array(rows),
    receivedAt: new Float64Array(rows),
    device: new Uint32Array(rows),
    asset: new Uint32Array(rows),
    kind: new Uint8Array(rows),
    severity: new Uint8Array(rows),
    quality: new Uint8Array(rows),
    attributesEnd: new Uint32Array(rows),
    attributes: new Uint8Array(attributeBytes),
    words: [],
  }
}

const COLUMNS = [
  'ids',
  'measuredAt',
  'receivedAt',
  'device',
  'asset',
  'kind',
  'severity',
  'quality',
  'attributesEnd',
] as const

/** Makes room for `rows` rows and `attributeBytes` bytes of attributes; what is there stays. */
export function growEventColumns(c: EventColumns, rows: number, attributeBytes: number): void {
  if (rows > c.measuredAt.length) {
    const larger = createEventColumns(Math.max(rows, c.measuredAt.length * 2), 0)
    for (const name of COLUMNS) larger[name].set(c[name] as never)
    for (const name of COLUMNS) c[name] = larger[name] as never
  }
  if (attributeBytes > c.attributes.length) {
    const larger = new Uint8Array(Math.max(attributeBytes, c.attributes.length * 2))
    larger.set(c.attributes)
    c.attributes = larger
  }
}

export const severityOf = (byte: number): number => byte & 15
export const dataClassOf = (byte: number): number => byte >> 4
export const attributesFrom = (c: EventColumns, row: number): number =>
  row === 0 ? 0 : (c.attributesEnd[row - 1] as number)
