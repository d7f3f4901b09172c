import { expect, test } from 'vitest'
import { isGateway, SYSTEMS, systemOf } from './systems.ts'

test.each([
  ['traffic-detector', 'traffic'],
  ['tram', 'transit'],
  ['parking-sensor', 'parking'],
  ['energy-transfer-station', 'cooling'],
  ['ev-charger', 'energy'],
  ['counting-camera', 'video'],
  ['network-switch', 'network'],
  ['lora-gateway', 'network'],
  ['time-machine', 'other'],
  ['constructor', 'other'],
])('%s belongs to %s', (kind, system) => {
  expect(systemOf(kind)).toBe(system)
  expect(SYSTEMS).toContain(system)
})

test('a gateway is told by its kind', () => {
  expect(['gateway', 'zigbee-gateway', 'Gateway', 'router'].map((kind) => isGateway({ kind }))).toEqual([
    true,
    true,
    true,
    false,
  ])
})
