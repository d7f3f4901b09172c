import type { StoreBatch } from './port.ts'

interface Held {
  value: number
  quality: number
  receivedAt: number
}

/** The promise of a telemetry store in the plainest words: for tests to compare the real one with. */
export class ModelStore {
  /** By series id text, by measuredAt. */
  readonly series = new Map<string, Map<number, Held>>()
  stored = 0
  duplicates = 0
  corrections = 0

  write({ columns: c }: StoreBatch): void {
    for (let i = 0; i < c.length; i++) {
      const id = `${c.seriesHi[i]}:${c.seriesLo[i]}`
      const held = this.series.get(id) ?? new Map<number, Held>()
      this.series.set(id, held)
      const at = c.measuredAt[i] as number
      const value = c.value[i] as number
      const old = held.get(at)
      if (!old) this.stored++
      else if (old.value === value) {
        this.duplicates++
        continue
      } else this.corrections++
      held.set(at, { value, quality: c.quality[i] as number, receivedAt: c.receivedAt[i] as number })
    }
  }

  range(
    id: { lo: number; hi: number },
    from: number,
    to: number,
  ): { at: number; value: number; quality: number; receivedAt: number }[] {
    const held = this.series.get(`${id.hi}:${id.lo}`) ?? new Map<number, Held>()
    return [...held]
      .filter(([at]) => at >= from && at < to)
      .sort((a, b) => a[0] - b[0])
      .map(([at, h]) => ({ at, ...h }))
  }

  windows(id: { lo: number; hi: number }, from: number, to: number, stepMs: number) {
    return Array.from({ length: Math.max(0, Math.ceil((to - from) / stepMs)) }, (_, w) => {
      const start = from + w * stepMs
      const rows = this.range(id, start, Math.min(to, start + stepMs))
      const values = rows.map((r) => r.value)
      return {
        count: rows.length,
        mean: rows.length > 0 ? values.reduce((a, b) => a + b, 0) / rows.length : Number.NaN,
        min: rows.length > 0 ? Math.min(...values) : Number.NaN,
        max: rows.length > 0 ? Math.max(...values) : Number.NaN,
        last: values.at(-1) ?? Number.NaN,
        notGood: rows.filter((r) => (r.quality & 3) !== 0).length,
      }
    })
  }
}
