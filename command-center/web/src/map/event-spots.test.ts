import type { DistrictView, EventView } from '@quartier/contracts/api'
import { expect, it } from 'vitest'
import { createRegistry } from '../live/registry.ts'
import { eventSpots } from './event-spots.ts'

const asset = (id: string, x: number) => ({
  type: 'Feature' as const,
  id: `asset:${id}`,
  geometry: { type: 'Point' as const, coordinates: [x, 25] },
  properties: { type: 'asset', id, kind: 'camera', placeId: 'p', parentId: null, name: id, zoneId: null },
})
const registry = createRegistry({
  ...{ type: 'FeatureCollection', bbox: null },
  features: [asset('a', 51), asset('b', 52)],
} as unknown as DistrictView)

let n = 0
const event = (over: Partial<EventView>): EventView => ({
  ...{ id: String(n++), kind: 'motion', source: 's', device: 'd', assetId: 'a', zoneId: null, measuredAt: 1000 },
  ...{ receivedAt: 0, severity: 'info', quality: 0, dataClass: 'none', attributes: {} },
  ...over,
})

it('the last event of each group stands at its asset, or where it says', () => {
  const events = [
    event({ kind: 'door-forced', severity: 'critical' }),
    event({ kind: 'motion' }),
    event({ kind: 'line-crossed' }),
    event({ kind: 'speeding', assetId: null, attributes: { longitude: 51.5, latitude: 25.5 } }),
    event({ assetId: 'gone' }),
    event({ assetId: 'b', measuredAt: -1e9 }),
  ]
  expect(eventSpots(events, registry, 2000, true)).toEqual([
    { longitude: 51, latitude: 25, icon: 'event-access-critical', nth: 0 },
    { longitude: 51, latitude: 25, icon: 'event-camera-info', nth: 1 },
    { longitude: 51.5, latitude: 25.5, icon: 'event-traffic-info', nth: 0 },
  ])
})

it('from afar, pieces of information are left out', () => {
  const events = [event({}), event({ assetId: 'b', severity: 'notice' })]
  expect(eventSpots(events, registry, 2000, false).map((s) => s.icon)).toEqual(['event-camera-notice'])
})
