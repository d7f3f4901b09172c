import type { DistrictModel } from '@quartier/contracts/schemas'
import { createDeviceModel } from '../devices/device-model.ts'
import type { WorldSettings } from './settings.ts'

/** What really happened in a simulated district: for judges, never for the platform, whose parts may not read it. */
export interface Truth {
  readonly seed: number
  readonly sensors: number
  readonly settings: WorldSettings
  /** ISO 8601; everything that touches `[from, to)` is told. */
  readonly from: string
  readonly to: string
  readonly failures: readonly {
    readonly asset: string
    readonly kind: string
    readonly mode: string
    readonly firstSign: string
    readonly failed: string
    readonly repaired: string
    /** Properties in which it shows before it happens. */
    readonly shows: readonly string[]
  }[]
  readonly incidents: readonly {
    readonly kind: string
    readonly place: string
    readonly from: string
    readonly to: string
    readonly severity: number
    /** Places that feel it, and when. */
    readonly spread: readonly { readonly place: string; readonly from: string; readonly to: string }[]
  }[]
  readonly events: readonly {
    readonly kind: string
    readonly name: string
    readonly venue: string
    readonly from: string
    readonly to: string
    readonly attendance: number
  }[]
}

/** The truth about `[from, to)`, epoch ms, of the district with this seed and these settings. */
export function truthOf(model: DistrictModel, seed: number, settings: WorldSettings, from: number, to: number): Truth {
  const { world } = createDeviceModel({ ...model, series: [] }, seed, settings)
  const failures = model.assets
    .flatMap((asset) => world.livesOf(asset).map((life) => ({ asset, life })))
    .filter(({ life }) => life.firstSignAt < to && life.repairedAt > from)
    .sort((a, b) => a.life.failedAt - b.life.failedAt)
  return {
    seed,
    sensors: model.series.length,
    settings,
    from: iso(from),
    to: iso(to),
    failures: failures.map(({ asset, life }) => ({
      asset: asset.id,
      kind: asset.kind,
      mode: life.mode.mode,
      firstSign: iso(life.firstSignAt),
      failed: iso(life.failedAt),
      repaired: iso(life.repairedAt),
      shows: Object.keys(life.mode.signs),
    })),
    incidents: world.incidents.between(from, to).map((i) => ({
      kind: i.kind,
      place: i.placeId,
      from: iso(i.startsAt),
      to: iso(i.endsAt),
      severity: Math.round(i.severity * 100) / 100,
      spread: world.incidents
        .spread(i)
        .map(({ placeId, fromAt, toAt }) => ({ place: placeId, from: iso(fromAt), to: iso(toAt) })),
    })),
    events: world.happenings.between(from, to).map((h) => ({
      kind: h.kind,
      name: h.name,
      venue: h.venueId,
      from: iso(h.startsAt),
      to: iso(h.endsAt),
      attendance: h.attendance,
    })),
  }
}

const iso = (at: number): string => new Date(at).toISOString()
