import { createColumns, type ReadingColumns, seriesIdOf } from '@quartier/contracts'
import type { SeriesMeta } from '@quartier/contracts/telemetry-store'

/**
 * Readings like those of a district, in order of arrival: every series has its own phase in the interval and a random
 * place in the order; its clock jitters, the network delays, and its value walks in steps of 0.1.
 */
export interface ReadingSource {
  readonly series: SeriesMeta[]
  readonly columns: ReadingColumns
  /** Fills `columns` with the next readings; their number, 0 at the end. */
  next(): number
}

export interface ReadingSourceOptions {
  readonly series: number
  /** Readings of each series. */
  readonly rounds: number
  readonly startAt: number
  readonly intervalMs: number
  readonly seed: number
  readonly batchRows: number
  /** Instead of each series' own rhythm: whichever comes, comes, with gaps as wide as chance makes them. */
  readonly anyOrder?: boolean
}

const NOISE = 1 << 16

export function createReadingSource(options: ReadingSourceOptions): ReadingSource {
  const { series: count, rounds, startAt, intervalMs, batchRows } = options
  const random = mulberry32(options.seed)
  const series = Array.from({ length: count }, (_, i): SeriesMeta => {
    const key = `district/zone-${Math.floor(i / 1000)}/meter-${i}/value`
    return { ...seriesIdOf(key), key, source: 'district', unit: 'kW', intervalMs }
  })
  const jitter = Float64Array.from({ length: NOISE }, () => Math.round(gauss(random) * 20))
  const delay = Float64Array.from({ length: NOISE }, () => Math.round(20 + 20 * Math.exp(gauss(random))))
  const steps = Int8Array.from({ length: NOISE }, () => Math.round(gauss(random) * 1.5))
  const order = shuffled(count, random)
  const home = Float64Array.from({ length: count }, () => 200 + Math.floor(random() * 600))
  const tenths = Float64Array.from(home)
  const columns = createColumns(batchRows)
  const total = count * rounds
  let at = 0
  let noise = 0
  return {
    series,
    columns,
    next() {
      const n = Math.min(batchRows, total - at)
      for (let i = 0; i < n; i++, at++) {
        noise = (noise + 40_503) & (NOISE - 1)
        const s = options.anyOrder ? Math.floor(random() * count) : (order[at % count] as number)
        const walk = (tenths[s] as number) + (steps[(noise + s) & (NOISE - 1)] as number)
        tenths[s] = Math.abs(walk - (home[s] as number)) > 60 ? (home[s] as number) : walk
        const measured = Math.round(startAt + (at / count) * intervalMs) + (jitter[(noise ^ s) & (NOISE - 1)] as number)
        const id = series[s] as SeriesMeta
        columns.seriesLo[i] = id.lo
        columns.seriesHi[i] = id.hi
        columns.measuredAt[i] = measured
        columns.receivedAt[i] = measured + (delay[(noise * 3 + s) & (NOISE - 1)] as number)
        columns.value[i] = (tenths[s] as number) / 10
        columns.quality[i] = noise % 4999 === 0 ? 1 : 0
      }
      columns.length = n
      return n
    },
  }
}

function shuffled(n: number, random: () => number): Uint32Array {
  const out = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const k = Math.floor(random() * (i + 1))
    const held = out[i] as number
    out[i] = out[k] as number
    out[k] = held
  }
  return out
}

const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** A small seeded generator (Tommy Ettinger's mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
