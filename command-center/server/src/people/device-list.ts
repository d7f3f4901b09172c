import { parseSeriesId, type SeriesId } from '@quartier/contracts'
import type { DevicesQuery, DevicesView } from '@quartier/contracts/api'
import { staleAfterMs } from '@quartier/contracts/live'
import type { Principal } from '@quartier/contracts/records'
import type { SeriesTable } from '../live/series-table.ts'
import type { ServerDeps } from '../server.ts'
import { DeviceIndex, type DeviceSums } from './device-index.ts'
import { PrincipalIndex } from './principal-index.ts'

type DeviceView = DevicesView['devices'][number]

interface Row extends DeviceSums {
  readonly id: string
  readonly kind: DeviceView['kind']
  readonly principal: Principal | undefined
}

const HOUR_MS = 3_600_000
/** Series of a page whose readings are counted; beyond it nothing is said. */
const COUNTED_SERIES = 2_000

/** Every device that says something or was let in by name, however many there are. */
export class DeviceList {
  readonly #deps: Pick<ServerDeps, 'records' | 'store' | 'clock'>
  readonly #table: SeriesTable
  readonly #devices: DeviceIndex
  readonly #principals: PrincipalIndex

  constructor(deps: Pick<ServerDeps, 'records' | 'store' | 'clock'>, table: SeriesTable) {
    this.#deps = deps
    this.#table = table
    this.#devices = new DeviceIndex(table)
    this.#principals = new PrincipalIndex(deps.records.principals)
  }

  async view({ text, show, skip, limit }: DevicesQuery): Promise<DevicesView> {
    const at = this.#deps.clock.now()
    const [heard] = await Promise.all([this.#devices.ids(), this.#principals.refresh()])
    const rows = this.#rows(heard)
    const words = text.toLowerCase()
    const matching = rows.filter(
      (row) =>
        (show !== 'silent' || this.#isSilent(row, at)) &&
        (show !== 'registered' || row.principal !== undefined) &&
        (words === '' || `${row.id} ${row.principal?.name ?? ''}`.toLowerCase().includes(words)),
    )
    const page = matching.slice(skip, skip + limit)
    const counts = await this.#countHour(page, at)
    const devices = page.map((row, i) => this.#toView(row, counts[i] ?? null, at))
    return { at, total: rows.length, matching: matching.length, devices }
  }

  /** Those who speak for others, then all devices, each in the order of their ids. */
  #rows(heard: readonly string[]): Row[] {
    const speakers = new Map(
      this.#principals.speakers.map((principal): [string, Row] => [
        principal.name,
        { id: principal.name, kind: principal.kind, principal, series: 0, lastAt: 0, intervalMs: 0 },
      ]),
    )
    const rows: Row[] = []
    for (const id of withNamed(heard, this.#principals.named())) {
      const principal = this.#principals.of(id)
      const sums = this.#devices.sums(id)
      const speaker = principal && speakers.get(principal.name)
      if (speaker) addTo(speaker, sums)
      // What waits in quarantine alone is listed there.
      if (sums.series > 0 || principal?.kind === 'device') rows.push({ id, kind: 'device', principal, ...sums })
    }
    return [...speakers.values(), ...rows]
  }

  #isSilent({ lastAt, intervalMs }: DeviceSums, at: number): boolean {
    if (lastAt === 0) return true
    return intervalMs > 0 && at - lastAt > staleAfterMs(intervalMs, this.#deps.clock.speed)
  }

  /** Readings of the last hour of each row; `undefined` where there are too many series to ask for. */
  async #countHour(rows: readonly Row[], at: number): Promise<(number | undefined)[]> {
    const series: SeriesId[] = []
    const owner: number[] = []
    const counts: (number | undefined)[] = []
    for (const [i, row] of rows.entries()) {
      if (row.kind !== 'device' || series.length + row.series > COUNTED_SERIES) continue
      counts[i] = 0
      for (const place of this.#devices.places(row.id)) {
        const id = parseSeriesId(this.#table.describe(place).id)
        if (!id) continue
        series.push(id)
        owner.push(i)
      }
    }
    if (series.length === 0) return counts
    try {
      const { count } = await this.#deps.store.windows(series, at - HOUR_MS, at, HOUR_MS)
      for (const [s, i] of owner.entries()) counts[i] = (counts[i] as number) + (count[s] as number)
      return counts
    } catch {
      // Whom we hear from is known without the store; how it is stands in the health strip.
      return []
    }
  }

  #toView(row: Row, lastHour: number | null, at: number): DeviceView {
    const { id, kind, series, lastAt, principal } = row
    return {
      id,
      kind,
      series,
      lastAt: lastAt === 0 ? null : lastAt,
      isSilent: this.#isSilent(row, at),
      lastHour,
      principal: principal ? { name: principal.name, kind: principal.kind, enabled: principal.enabled } : null,
    }
  }
}

function addTo(row: DeviceSums, { series, lastAt, intervalMs }: DeviceSums): void {
  row.series += series
  row.lastAt = Math.max(row.lastAt, lastAt)
  if (intervalMs > 0 && (row.intervalMs === 0 || intervalMs < row.intervalMs)) row.intervalMs = intervalMs
}

/** Sorted ids with those that were let in and have said nothing yet. */
function withNamed(heard: readonly string[], named: Iterable<string>): readonly string[] {
  const known = new Set(heard)
  const more = [...named].filter((id) => !known.has(id))
  return more.length === 0 ? heard : [...heard, ...more].sort()
}
