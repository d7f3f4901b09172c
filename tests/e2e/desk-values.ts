import type { PlatformView, ZoneState } from '@quartier/contracts/api'
import { encodeFrame, type LiveSeries, NO_VALUE } from '@quartier/contracts/live'
import type { DistrictModel } from '@quartier/contracts/schemas'
import { zoneFinder } from './desk-district.ts'
import type { Reading } from './desk-tiles.ts'

/** Between two frames. */
export const FRAME_MS = 250
/** How long a reading is under way. */
const UNDERWAY_MS = 300

/** Values that move, with a silent gateway, stale, uncertain, missing and impossible ones among them. */
export function createValues(model: DistrictModel) {
  const gateways = model.assets.filter((asset) => asset.kind === 'gateway')
  const silent = gateways[Math.floor(gateways.length / 3)]?.id
  const parentOf = new Map(model.assets.map((asset) => [asset.id, asset.parentId]))
  const placeOf = new Map(model.assets.map((asset) => [asset.id, asset.placeId]))
  const zoneOf = zoneFinder(model.places)
  const series: LiveSeries[] = model.series.map((s) => ({ ...s }))
  const fault = series.map(({ assetId }, i) => {
    if (assetId !== null && (assetId === silent || parentOf.get(assetId) === silent)) return 'silent'
    if (i % 271 === 5) return 'stale'
    if (i % 389 === 7) return 'never'
    if (i % 613 === 11) return 'range'
    return i % 431 === 13 ? 'uncertain' : ''
  })
  const shape = (i: number, at: number): number => {
    const { validMin, validMax, unit, property } = series[i]!
    const low = validMin ?? 0
    const span = Math.min((validMax ?? 100) - low, unit === 'kWh' || property === 'doorCycles' ? 5000 : 300)
    const day = Math.sin((at / 86_400_000) * 2 * Math.PI + i)
    const noise = Math.sin(at / 71_000 + i * 7.3) * 0.02 + Math.sin(at / 9_100 + i) * 0.008
    const share = 0.42 + 0.16 * day + noise
    if (property === 'occupied') return share > 0.45 ? 1 : 0
    const raw = low + span * share
    if (fault[i] === 'range') return (validMax ?? 100) * 1.04
    return property === 'floor' ? Math.round(raw / 20) : raw
  }
  const periodOf = (i: number) => Math.max(1000, series[i]!.intervalMs)
  const startedAt = Date.now()
  const measuredAt = (i: number, now: number): number => {
    if (fault[i] === 'silent') return startedAt - 58 * 60_000
    if (fault[i] === 'stale') return startedAt - periodOf(i) * 9
    const period = periodOf(i)
    return Math.floor((now - UNDERWAY_MS - ((i * 137) % period)) / period) * period + ((i * 137) % period)
  }
  const qualityOf = (i: number) => (fault[i] === 'uncertain' ? 1 | 64 : 0)
  const reports = (i: number) => fault[i] !== 'silent' && fault[i] !== 'stale' && fault[i] !== 'never'

  return {
    series,
    reading(i: number, now: number): Reading {
      const at = fault[i] === 'never' ? Number.NaN : measuredAt(i, now)
      return { value: shape(i, at), measuredAt: at, quality: qualityOf(i), silent: fault[i] === 'silent' }
    },
    frame(sequence: number, snapshot: boolean, watched: readonly number[]): Buffer {
      const now = Date.now()
      const rows = watched.flatMap((i, row) => {
        const at = measuredAt(i, now)
        const isNews = snapshot || now - at < UNDERWAY_MS + FRAME_MS + 50
        return isNews ? [{ i, row, at }] : []
      })
      return Buffer.from(
        encodeFrame({
          snapshot,
          sequence,
          platformAt: now,
          rows: rows.length,
          index: Uint32Array.from(rows, ({ row }) => row),
          value: Float64Array.from(rows, ({ i, at }) => shape(i, at)),
          age: Int32Array.from(rows, ({ i, at }) => (fault[i] === 'never' ? NO_VALUE : now - at)),
          quality: Uint8Array.from(rows, ({ i }) => qualityOf(i)),
        }),
      )
    },
    /** What was measured at an instant; nothing for an hour and a half some hours ago. */
    valueAt(i: number, at: number): number | null {
      const now = Date.now()
      const missing =
        at > measuredAt(i, now) || fault[i] === 'never' || (at > now - 11 * 3_600_000 && at < now - 9.6 * 3_600_000)
      return missing ? null : shape(i, at)
    },
    zones(): ZoneState[] {
      return model.places
        .filter(({ kind }) => kind === 'zone')
        .map(({ id, name, nameAr }) => {
          const mine = series
            .map((_, i) => i)
            .filter((i) => zoneOf(placeOf.get(series[i]!.assetId ?? '') ?? null) === id)
          const reporting = mine.filter(reports).length
          const figures = { never: 0, waiting: 0, good: reporting, uncertain: 0, bad: 0, stale: 0, outOfRange: 0 }
          return {
            zoneId: id,
            name,
            nameAr,
            series: mine.length,
            expected: mine.length,
            reporting,
            ...figures,
            worst: 'good',
          }
        })
    },
    platform(): PlatformView {
      const now = Date.now()
      const seconds = (now - startedAt) / 1000
      const perS = series.reduce((sum, _, i) => sum + (reports(i) ? 1000 / periodOf(i) : 0), 0)
      const accepted = Math.round(1_204_311 + seconds * perS)
      return {
        at: now,
        clock: { speed: 1, simulated: false },
        version: '0.1.0',
        uptimeS: 3600 + seconds,
        reporting: {
          expected: series.length,
          reporting: series.filter((_, i) => reports(i)).length,
          series: series.length,
          never: fault.filter((f) => f === 'never').length,
        },
        messagesPerS: perS / 4,
        readingsPerS: perS,
        sensorLatencyMs: { p50: 200, p95: 480 },
        receiveLatencyMs: { p50: 40, p95: 90 },
        ledger: { state: 'balanced', accepted, stored: accepted, difference: 0 },
        devicesAheadMs: 0,
        rejectedLastHour: 12,
        rejectedTopReason: 'too-late',
        quarantined: 0,
        store: { ready: true, series: series.length, readings: accepted, files: 14, bytes: 4_812_331, newestAt: now },
        log: { bytes: 18_000_000, records: 9120 },
        lagRecords: 0,
        clients: 1,
      }
    },
  }
}
