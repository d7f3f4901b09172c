import { QuartierError } from '@quartier/contracts'

/** One recorded series. */
export interface RecordedSeries {
  readonly device: string
  readonly property: string
  readonly unit: string
  /** What people call it; the device's name when absent. */
  readonly label?: string
  readonly longitude?: number
  readonly latitude?: number
  readonly validMin?: number
  readonly validMax?: number
}

/** Recorded data in memory, about 20 bytes a reading: row `i` of each column is one reading, in order of time. */
export interface Recording {
  readonly title: string
  /** First part of the series keys, unless the caller names another. */
  readonly source: string
  /** Kind of the assets, such as `traffic-detector`. */
  readonly assetKind: string
  readonly series: readonly RecordedSeries[]
  /** Epoch ms. */
  readonly times: Float64Array
  readonly index: Uint32Array
  readonly values: Float64Array
  readonly omitted: Omitted
}

/** What the files hold and a replay leaves out. */
export interface Omitted {
  /** Marked as missing. */
  missing: number
  /** Another reading of the same series and time; the first in the file counts. */
  repeated: number
  /** Without a usable time or number; the first few with their line. */
  unreadable: number
  readonly examples: { readonly line: number; readonly reason: string }[]
}

const MOST_READINGS = 100_000_000

/** Collects readings in any order. */
export class RecordingBuilder {
  readonly omitted: Omitted = { missing: 0, repeated: 0, unreadable: 0, examples: [] }
  #times = new Float64Array(1024)
  #index = new Uint32Array(1024)
  #values = new Float64Array(1024)
  #count = 0
  #ordered = true

  /** @throws QuartierError REPLAY_FILE beyond 100 million readings */
  add(series: number, at: number, value: number): void {
    const n = this.#count
    if (n === this.#times.length) this.#grow()
    if (n > 0 && at < this.#times[n - 1]!) this.#ordered = false
    this.#times[n] = at
    this.#index[n] = series
    this.#values[n] = value
    this.#count++
  }

  refuse(line: number, reason: string): void {
    this.omitted.unreadable++
    if (this.omitted.examples.length < 5) this.omitted.examples.push({ line, reason })
  }

  /** In order of time, and of the file within one instant; of repeated stamps of a series the first stays. */
  finish(facts: Pick<Recording, 'title' | 'source' | 'assetKind' | 'series'>): Recording {
    const order = this.#order()
    const lastAt = new Float64Array(facts.series.length).fill(Number.NaN)
    const times = new Float64Array(this.#count)
    const index = new Uint32Array(this.#count)
    const values = new Float64Array(this.#count)
    let n = 0
    for (let k = 0; k < this.#count; k++) {
      const i = order ? order[k]! : k
      const series = this.#index[i]!
      const at = this.#times[i]!
      if (lastAt[series] === at) {
        this.omitted.repeated++
        continue
      }
      lastAt[series] = at
      times[n] = at
      index[n] = series
      values[n++] = this.#values[i]!
    }
    const { omitted } = this
    return {
      ...facts,
      times: times.subarray(0, n),
      index: index.subarray(0, n),
      values: values.subarray(0, n),
      omitted,
    }
  }

  #order(): Uint32Array | undefined {
    if (this.#ordered) return undefined
    const times = this.#times
    return Uint32Array.from({ length: this.#count }, (_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b)
  }

  #grow(): void {
    const size = this.#times.length * 2
    if (size > MOST_READINGS * 1.5)
      throw new QuartierError('REPLAY_FILE', `a replay holds at most ${MOST_READINGS} readings: split the file`)
    this.#times = copied(new Float64Array(size), this.#times)
    this.#index = copied(new Uint32Array(size), this.#index)
    this.#values = copied(new Float64Array(size), this.#values)
  }
}

function copied<T extends Float64Array | Uint32Array>(into: T, from: T): T {
  into.set(from)
  return into
}
