import { QUALITY_STALE } from '@quartier/contracts/quality'
import { describe, expect, it } from 'vitest'
import { contextOfTopic, RecordingSink } from '../recording-sink.ts'
import { zigbeeCodec } from './zigbee.ts'

const NOW = 1_772_366_400_000
const DEVICES = [
  { friendly_name: 'Coordinator', type: 'Coordinator' },
  {
    friendly_name: 'hall/lamp',
    ieee_address: '0x00158d0001',
    definition: { model: 'x', exposes: [{ name: '"friendly_name":"no"' }] },
  },
  { friendly_name: 'hall', ieee_address: '0x00158d0002' },
]

class Bridge {
  readonly codec = zigbeeCodec()
  sink = new RecordingSink()

  say(rest: string, payload: unknown): string | undefined {
    const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
    const context = contextOfTopic(`zigbee2mqtt/${rest}`, NOW)
    return this.codec.decode(bytes, 0, bytes.length, context, this.sink)?.reason
  }

  take() {
    const { readings, states, rejects } = this.sink
    return [
      ...readings
        .splice(0)
        .map((r) => [r.device, r.property, r.value, ...(r.quality === QUALITY_STALE ? ['stale'] : [])]),
      ...states.splice(0).map((s) => [s.device, s.property, s.text]),
      ...rejects.splice(0).map((r) => r.reason),
    ]
  }

  restart(...keys: string[]): void {
    const before = this.sink
    this.sink = new RecordingSink()
    for (const key of keys) {
      const saved = this.codec.memory?.save(before.recall(key).value) as Uint8Array
      this.sink.recall(key).value = this.codec.memory?.restore(saved, key)
    }
  }
}

describe('Zigbee2MQTT', () => {
  it('gives every value of a device, nested ones by their path', () => {
    const bridge = new Bridge()
    expect(
      bridge.say('sensor', { temperature: 21.5, contact: true, color: { x: 0.5 }, state: 'ON', linkquality: 90 }),
    ).toBeUndefined()
    expect(bridge.take()).toEqual([
      ['sensor', 'temperature', 21.5],
      ['sensor', 'contact', 1],
      ['sensor', 'color.x', 0.5],
      ['sensor', 'linkquality', 90],
      ['sensor', 'state', 'ON'],
    ])
  })

  it.each([
    ['2026-03-01T15:00:00+03:00', NOW],
    [NOW, NOW],
    [undefined, Number.NaN],
    [null, Number.NaN],
  ])('goes by last_seen %s', (last_seen, at) => {
    const bridge = new Bridge()
    bridge.say('sensor', { t: 1, last_seen })
    expect(bridge.sink.readings[0]?.measuredAt).toBe(at)
  })

  it('knows from the list where a name with slashes ends', () => {
    const bridge = new Bridge()
    expect(bridge.say('bridge/devices', DEVICES)).toBeUndefined()
    bridge.say('hall/lamp', { brightness: 1 })
    bridge.say('hall/brightness', '254')
    bridge.say('hall', { t: 2 })
    bridge.say('a/group', { brightness: 3 })
    bridge.say('hall/lamp/availability', 'online')
    expect(bridge.take()).toEqual([
      ['hall/lamp', 'brightness', 1],
      ['hall', 't', 2],
      ['a/group', 'brightness', 3],
      ['hall/lamp', 'available', 1],
    ])
  })

  it('goes by the list of before after a restart', () => {
    const bridge = new Bridge()
    bridge.say('bridge/devices', DEVICES)
    bridge.restart('zigbee2mqtt')
    expect(bridge.say('hall/brightness', '254')).toBeUndefined()
    expect(bridge.take()).toEqual([])
  })

  it('stores a count once as long as it stays, also over a restart, and a gauge each time', () => {
    const bridge = new Bridge()
    const say = (energy: number) => bridge.say('plug', { energy, power: 5 })
    say(1.5)
    say(1.5)
    bridge.restart('zigbee2mqtt/plug')
    say(1.5)
    say(1.6)
    expect(bridge.take()).toEqual([
      ['plug', 'power', 5],
      ['plug', 'energy', 1.6],
      ['plug', 'power', 5],
    ])
  })

  it('stores a text when it changes, and an action whenever it happens', () => {
    const bridge = new Bridge()
    for (const action of ['single', 'single', '']) bridge.say('button', { action, mode: 'eco' })
    expect(bridge.take()).toEqual([
      ['button', 'action', 'single'],
      ['button', 'mode', 'eco'],
      ['button', 'action', 'single'],
    ])
  })

  it.each(['offline', '{"state":"offline"}', ' { "state" : "offline" } '])('makes stale what is %s', (payload) => {
    const bridge = new Bridge()
    bridge.say('sensor', { t: 21.5, mode: 'eco' })
    bridge.take()
    bridge.say('sensor/availability', payload)
    expect(bridge.take()).toEqual([
      ['sensor', 'available', 0],
      ['sensor', 't', 21.5, 'stale'],
    ])
  })

  it('is itself available or not', () => {
    const bridge = new Bridge()
    bridge.say('bridge/state', '{"state":"online"}')
    expect(bridge.take()).toEqual([['bridge', 'available', 1]])
  })

  it.each([
    'lamp/set',
    'a/lamp/set',
    'lamp/get',
    'lamp/set/state',
    'bridge/request/restart',
    'bridge/info',
    'bridge/event',
  ])('leaves %s to plain MQTT', (rest) => expect(zigbeeCodec().reads?.(`zigbee2mqtt/${rest}`)).toBe(false))

  it.each([
    ['lamp', '[1]', 'json-shape'],
    ['lamp', '{"a":', 'json-syntax'],
    ['lamp', '{"last_seen":"yesterday"}', 'json-time'],
    ['lamp/availability', 'perhaps', 'zigbee-availability'],
    ['bridge/devices', '{}', 'json-shape'],
    ['bridge/devices', '[{"friendly_name":"x"}', 'json-shape'],
    ['a//b', '{}', 'zigbee-name'],
  ])('on %s refuses %s', (rest, payload, reason) => expect(new Bridge().say(rest, payload)).toBe(reason))

  it('passes over what it has not heard yet, and sets aside what cannot be used', () => {
    const bridge = new Bridge()
    bridge.say('lamp', '{"a":null,"b":[1],"c/d":1,"e":1,"f":1e999}')
    expect(bridge.take()).toEqual([['lamp', 'e', 1], 'json-nested', 'json-name', 'json-range'])
  })

  it('begins anew where what was saved is broken', () => {
    for (const bytes of ['', '{}', 'null', '{"numbers":1}'])
      expect(zigbeeCodec().memory?.restore(Buffer.from(bytes), 'k')).toBeUndefined()
  })
})
