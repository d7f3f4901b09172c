import { type PackTable, packTable } from '@quartier/contracts/pack'
import { encodeTable } from '../formats/encode.ts'
import type { ReplayPlan, ReplayStep } from './plan.ts'

export interface ReplayMessage {
  readonly mqttTopic: string
  readonly bytes: string | Uint8Array
  /** Rows of the step that it carries. */
  readonly rows: readonly number[]
}

/** The messages of one step. */
export type EncodeStep = (step: ReplayStep, measuredAt: number) => Iterable<ReplayMessage>

/** Rows of one pack at most. */
const PACK_ROWS = 1_000

/** One pack for every thousand series; the names of a full step are encoded once. */
export function packs(plan: ReplayPlan): EncodeStep {
  const mqttTopic = `pack/${plan.source}/replay`
  const tables = new Map<number, PackTable>()
  const tableOf = (part: number): PackTable => {
    const known = tables.get(part)
    if (known) return known
    const names = plan.model.series.slice(part * PACK_ROWS, (part + 1) * PACK_ROWS)
    const table = packTable(names.map((s) => ({ device: deviceOf(s.key), property: s.property })))
    tables.set(part, table)
    return table
  }
  return function* (step, measuredAt) {
    const parts = Map.groupBy(step.series.keys(), (row) => Math.floor(step.series[row]! / PACK_ROWS))
    for (const [part, rows] of parts) {
      const table = tableOf(part)
      const values = new Float64Array(table.count).fill(Number.NaN)
      for (const row of rows) values[step.series[row]! - part * PACK_ROWS] = step.values[row]!
      const bytes = encodeTable(table, measuredAt, values)
      if (bytes) yield { mqttTopic, bytes, rows }
    }
  }
}

export function singles(plan: ReplayPlan): EncodeStep {
  const topics = plan.model.series.map((s) => `t/${plan.source}/d/${deviceOf(s.key)}/${s.property}`)
  return function* (step, measuredAt) {
    for (const [row, series] of step.series.entries()) {
      const bytes = `{"ts":${measuredAt},"value":${step.values[row]}}`
      yield { mqttTopic: topics[series]!, bytes, rows: [row] }
    }
  }
}

/** The key without its first and last part. */
const deviceOf = (key: string): string => key.slice(key.indexOf('/') + 1, key.lastIndexOf('/'))
