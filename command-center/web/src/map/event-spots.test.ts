import type { EventView } from '@quartier/contracts/api'
import { expect, it } from 'vitest'
import type { AssetNode } from '../live/registry.ts'
import { eventSpots, positionOf } from './event-spots.ts'

const KNOWN = new Map([
  ['a', { longitude: 51, latitude: 25 }],
  ['b', { longitude: 52, latitude: 25 }],
])
const at = (event: EventView) =>
  positionOf(event, { get: (id) => (id === 'gone' ? null : (KNOWN.get(id) as AssetNode | undefined)) })

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
    event({ assetId: 'not-known-yet' }),
    event({ assetId: 'b', measuredAt: -1e9 }),
  ]
  const { spots, unknown } = eventSpots(events, at, 2000, true)
  expect(unknown).toEqual(['not-known-yet'])
  expect(spots).toEqual([
    { longitude: 51, latitude: 25, icon: 'event-access-critical', nth: 0 },
    { longitude: 51, latitude: 25, icon: 'event-camera-info', nth: 1 },
    { longitude: 51.5, latitude: 25.5, icon: 'event-traffic-info', nth: 0 },
  ])
})

it('from afar, pieces of information are left out', () => {
  const events = [event({}), event({ assetId: 'b', severity: 'notice' })]
  expect(eventSpots(events, at, 2000, false).spots.map((s) => s.icon)).toEqual(['event-camera-notice'])
})
