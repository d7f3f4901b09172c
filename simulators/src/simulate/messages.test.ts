import { describe, expect, it } from 'vitest'
import { createDistrict } from '../district/create-district.ts'
import { planMessages } from './messages.ts'

const model = createDistrict({ seed: 31, sensors: 2500, intervalMs: 10_000 })
const gateways = model.assets.filter((a) => a.kind === 'gateway')

describe('the plan of messages', () => {
  it('carries every series in exactly one message, and uses every format', () => {
    const { messages } = planMessages(model)
    const carried = messages.flatMap((m) => m.series).sort((a, b) => a - b)
    expect(carried).toEqual(model.series.map((_, i) => i))
    expect(new Set(messages.map((m) => m.format))).toEqual(
      new Set([
        'pack',
        'senml-cbor',
        'senml-json',
        'json-flat',
        'json-single',
        'chirpstack',
        'ttn',
        'sparkplug',
        'zigbee',
        'frigate',
        'onvif',
      ]),
    )
  })

  it('gives each gateway a connection of its own unless told otherwise', () => {
    const { messages, clientIds } = planMessages(model)
    expect(clientIds).toEqual(gateways.map((g) => `naseem-${g.id}`))
    expect(messages.every((m) => clientIds[m.connection] === `naseem-${m.gateway}`)).toBe(true)
  })

  it.each([1, 10, 124, 300, 1000])('keeps a device on one of %i connections', (connections) => {
    const { messages, clientIds } = planMessages(model, connections)
    expect(new Set(clientIds).size).toBe(connections)
    const places = new Map<string, Set<number>>()
    for (const m of messages) {
      for (const device of m.devices) places.set(device, (places.get(device) ?? new Set()).add(m.connection))
    }
    expect([...places.values()].every((p) => p.size === 1)).toBe(true)
    expect(messages.every((m) => m.connection < connections)).toBe(true)
  })

  it('gives a district that is not the demonstration no format with names of its own', () => {
    const { messages } = planMessages(createDistrict({ seed: 31, sensors: 2500, source: 'mine' }))
    expect(new Set(messages.map((m) => m.format))).toEqual(
      new Set(['pack', 'senml-cbor', 'senml-json', 'json-flat', 'json-single', 'onvif']),
    )
  })

  it('names topics that carry device and property, or the gateway', () => {
    const { messages } = planMessages(model)
    for (const m of messages) {
      const [device, property] = [m.devices[0], m.properties[0]]
      if (m.format === 'json-single') expect(m.mqttTopic).toBe(`t/naseem/d/${device}/${property}`)
      else if (m.format === 'json-flat') {
        expect(m.mqttTopic).toBe(`t/naseem/d/${device}`)
        expect(new Set(m.devices).size).toBe(1)
      } else if (m.format === 'pack' || m.format.startsWith('senml'))
        expect(m.mqttTopic).toMatch(new RegExp(`^(pack|senml)/naseem/${m.gateway}$`))
      else expect(new Set(m.devices).size, m.mqttTopic).toBe(1)
    }
  })
})
