import type { SeriesId } from '@quartier/contracts'
import { mix } from '../random.ts'

/** A checksum of readings that does not depend on their order: 16 hexadecimal digits. */
export interface Checksum {
  add(series: SeriesId, measuredAt: number, value: number): void
  text(): string
}

const number = new DataView(new ArrayBuffer(8))

/** Two sums modulo 2^32 of well mixed series, instant and value (its 64 bits); -0 counts as 0. */
export function createChecksum(): Checksum {
  let low = 0
  let high = 0
  return {
    add: (series, measuredAt, value) => {
      number.setFloat64(0, value + 0)
      const reading = mix(number.getUint32(0), number.getUint32(4))
      const when = mix(Math.floor(measuredAt / 4_294_967_296), measuredAt)
      const whose = mix(series.lo, series.hi)
      low = (low + mix(mix(reading, when), whose)) >>> 0
      high = (high + mix(mix(whose, reading), when)) >>> 0
    },
    text: () => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0'),
  }
}
