import { seriesIdOf } from '@quartier/contracts'
import type { SeriesDefinition } from '@quartier/contracts/schemas'
import type { TelemetryStore } from '@quartier/contracts/telemetry-store'

/** Who sent what, series by series, held against what the store returns at the end. Repetitions do not count. */
export interface Account {
  sent(series: ArrayLike<number>, values: Float64Array): Uint8Array | undefined
  acknowledged(series: ArrayLike<number>, present: Uint8Array | undefined): void
  /** Asks the store for all series of the run. */
  settle(store: TelemetryStore, from: number, to: number, onProgress?: (share: number) => void): Promise<Settled>
}

export interface Settled {
  readonly sent: number
  readonly acknowledged: number
  /** Distinct readings that the store returns. */
  readonly stored: number
  /** Acknowledged and not in the store. */
  readonly lost: number
  /** In the store and never sent. */
  readonly unexpected: number
  /** The series that lost most, with their counts. */
  readonly examples: readonly { readonly key: string; readonly acknowledged: number; readonly stored: number }[]
}

const SERIES_A_CALL = 5_000
const EXAMPLES = 5

export function createAccount(series: readonly SeriesDefinition[]): Account {
  const sent = new Uint32Array(series.length)
  const acknowledged = new Uint32Array(series.length)
  return {
    sent: (rows, values) => {
      let missing = false
      for (let r = 0; r < rows.length; r++) {
        if (Number.isNaN(values[r]!)) missing = true
        else sent[rows[r]!]!++
      }
      return missing
        ? Uint8Array.from({ length: rows.length }, (_, r) => (Number.isNaN(values[r]!) ? 0 : 1))
        : undefined
    },
    acknowledged: (rows, present) => {
      for (let r = 0; r < rows.length; r++) if (!present || present[r] === 1) acknowledged[rows[r]!]!++
    },
    settle: async (store, from, to, onProgress) => {
      const totals = { sent: 0, acknowledged: 0, stored: 0, lost: 0, unexpected: 0 }
      const losers: { key: string; acknowledged: number; stored: number }[] = []
      for (let at = 0; at < series.length; at += SERIES_A_CALL) {
        const some = series.slice(at, at + SERIES_A_CALL)
        const { count } = await store.windows(
          some.map((s) => seriesIdOf(s.key)),
          from,
          to,
          to - from,
        )
        for (const [i, s] of some.entries()) {
          const [ours, acked, held] = [sent[at + i]!, acknowledged[at + i]!, count[i]!]
          totals.sent += ours
          totals.acknowledged += acked
          totals.stored += held
          totals.unexpected += Math.max(0, held - ours)
          if (held < acked) {
            totals.lost += acked - held
            losers.push({ key: s.key, acknowledged: acked, stored: held })
          }
        }
        onProgress?.(Math.min(1, (at + some.length) / series.length))
      }
      losers.sort((a, b) => b.acknowledged - b.stored - (a.acknowledged - a.stored))
      return { ...totals, examples: losers.slice(0, EXAMPLES) }
    },
  }
}
