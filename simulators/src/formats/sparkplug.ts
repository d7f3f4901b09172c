/** The protobuf of Sparkplug B 3.0 (org.eclipse.tahu.protobuf.Payload), as far as an edge node of doubles needs it. */
export interface Metric {
  /** Absent in data, where the alias names it. */
  readonly name?: string
  readonly alias?: number
  readonly unit?: string
  readonly value: number | boolean | { readonly uint64: number }
}

const DOUBLE = 10
const BOOLEAN = 11
const UINT64 = 8

/** One payload; `seq` is left out of death certificates. */
export function encodePayload(timestamp: number, metrics: readonly Metric[], seq?: number): Buffer {
  const out = new Bytes()
  out.varintField(1, timestamp)
  for (const metric of metrics) out.messageField(2, (m) => writeMetric(m, metric))
  if (seq !== undefined) out.varintField(3, seq)
  return out.take()
}

function writeMetric(out: Bytes, { name, alias, unit, value }: Metric): void {
  if (name !== undefined) out.textField(1, name)
  if (alias !== undefined) out.varintField(2, alias)
  // Births tell the datatype; data need not repeat it.
  if (name !== undefined)
    out.varintField(4, typeof value === 'number' ? DOUBLE : typeof value === 'boolean' ? BOOLEAN : UINT64)
  if (unit) out.messageField(9, (set) => writeUnit(set, unit))
  if (typeof value === 'number') {
    if (Number.isNaN(value)) out.varintField(7, 1)
    else out.doubleField(13, value)
  } else if (typeof value === 'boolean') out.varintField(14, value ? 1 : 0)
  else out.varintField(11, value.uint64)
}

/** A property set with one property, `engUnit`, of type String. */
function writeUnit(out: Bytes, unit: string): void {
  out.textField(1, 'engUnit')
  out.messageField(2, (value) => {
    value.varintField(1, 12)
    value.textField(8, unit)
  })
}

/** Grows as it is written to. */
class Bytes {
  #buffer = Buffer.allocUnsafe(256)
  #length = 0

  take(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  varintField(field: number, value: number): void {
    this.#varint(field << 3)
    this.#varint(value)
  }

  doubleField(field: number, value: number): void {
    this.#varint((field << 3) | 1)
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
  }

  textField(field: number, text: string): void {
    const bytes = Buffer.byteLength(text)
    this.#varint((field << 3) | 2)
    this.#varint(bytes)
    this.#reserve(bytes)
    this.#length += this.#buffer.write(text, this.#length)
  }

  messageField(field: number, write: (inner: Bytes) => void): void {
    const inner = new Bytes()
    write(inner)
    const bytes = inner.take()
    this.#varint((field << 3) | 2)
    this.#varint(bytes.length)
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #varint(value: number): void {
    this.#reserve(10)
    let rest = value
    while (rest >= 128) {
      this.#buffer[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#length++] = rest
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
