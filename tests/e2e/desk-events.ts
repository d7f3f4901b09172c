import { EVENT_KINDS, type EventKind, SEVERITIES, type Severity } from '@quartier/contracts'
import type { EventsPage, EventView } from '@quartier/contracts/api'
import type { DistrictModel } from '@quartier/contracts/schemas'

const SHOWN: readonly [EventKind, string, EventView['attributes']][] = [
  ['line-crossed', 'people-counter', { line: 'north', direction: 'in', objectClass: 'person', count: 3 }],
  ['door-forced', 'gateway', { door: 'Plant room' }],
  ['lift-fault', 'lift', { fault: 'E12', floor: 3, phase: 'start' }],
  ['queue', 'traffic-signal', { count: 14 }],
  ['device-offline', 'gateway', {}],
  ['speeding', 'traffic-detector', { speedKmh: 61, limit: 40 }],
  ['occupancy', 'car-park-counter', { occupied: 312, capacity: 400 }],
  ['plate-seen', 'traffic-detector', { plateToken: '9f2c41d07ab3', country: 'QA' }],
  ['fire-alarm', 'air-handler', { area: 'Kitchen', floor: 1 }],
  ['vendor', 'chiller', { vendorKind: 'acme.purge' }],
]

/** Events of the last hour and such as come every second, at assets of the model. */
export function createEvents(model: DistrictModel) {
  let n = 0
  const make = (at: number): EventView => {
    const i = n++
    const [kind, assetKind, attributes] = SHOWN[(i * 7) % SHOWN.length] as (typeof SHOWN)[number]
    const candidates = model.assets.filter((asset) => asset.kind === assetKind)
    const asset = candidates[(i * 31) % Math.max(1, candidates.length)]
    return {
      ...{ id: i.toString(16).padStart(32, '0'), kind, source: 'fixture', device: asset?.id ?? `device-${i}` },
      ...{ assetId: asset?.id ?? null, zoneId: null, measuredAt: at, receivedAt: at + 80 },
      ...{ severity: EVENT_KINDS[kind].severity as Severity, quality: 0, dataClass: 'none', attributes },
    }
  }
  const startedAt = Date.now()
  const events = Array.from({ length: 250 }, (_, i) => make(startedAt - i * 13_000))
  return {
    next: (): EventView => {
      const event = make(Date.now())
      events.unshift(event)
      return event
    },
    page(query: URLSearchParams): EventsPage {
      const kinds = query.getAll('kind')
      const assets = query.getAll('assetId')
      const least = SEVERITIES.indexOf((query.get('severity') ?? 'info') as Severity)
      const text = query.get('text')?.toLowerCase() ?? ''
      const found = events.filter(
        (e) =>
          e.measuredAt >= Number(query.get('from')) &&
          (kinds.length === 0 || kinds.includes(e.kind)) &&
          (assets.length === 0 || assets.includes(e.assetId ?? '')) &&
          SEVERITIES.indexOf(e.severity) >= least &&
          JSON.stringify([e.device, e.attributes]).toLowerCase().includes(text),
      )
      const begin = Number(query.get('before') ?? 0)
      const end = begin + Number(query.get('limit') ?? 100)
      return { at: Date.now(), events: found.slice(begin, end), next: end < found.length ? String(end) : null }
    },
  }
}
