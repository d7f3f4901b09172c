import { describe, expect, it } from 'vitest'
import { createDistrict } from '../district/create-district.ts'
import { planMessages } from '../simulate/messages.ts'
import { asksForRebirth, createSparkplugEdge } from '../simulate/sparkplug-edge.ts'
import { encodePayload } from './sparkplug.ts'

describe('a payload of Sparkplug B', () => {
  it('is the bytes that the schema asks for', () => {
    // timestamp 1, metric { name "a", alias 2, datatype Double, value 1.5 }, seq 3
    const bytes = encodePayload(1, [{ name: 'a', alias: 2, value: 1.5 }], 3)
    expect(bytes.toString('hex')).toBe(
      ['0801', '1210', '0a0161', '1002', '200a', '69000000000000f83f', '1803'].join(''),
    )
    expect(encodePayload(300, [{ alias: 200, value: Number.NaN }], 0).toString('hex')).toBe(
      '08ac02120510c801' + '3801' + '1800',
    )
  })
})

describe('an edge node', () => {
  const { messages } = planMessages(createDistrict({ seed: 31, sensors: 2500 }))
  const own = messages.filter((m) => m.format === 'sparkplug')
  const zeros = () => new Float64Array(16)

  it('is born with number 0 and all its devices, then counts on and wraps', () => {
    const edge = createSparkplugEdge('node', own)
    expect(edge.isBorn).toBe(false)
    edge.will()
    const births = edge.born(5, zeros)
    expect(births.map((b) => b.mqttTopic.split('/')[2])).toEqual(['NBIRTH', ...own.map(() => 'DBIRTH')])
    expect(births.map((b) => b.bytes.at(-1))).toEqual(births.map((_, i) => i))
    for (let i = births.length; i < 256; i++) edge.data(own[0]!, 5, zeros())
    expect(edge.data(own[0]!, 5, zeros())!.at(-1)).toBe(0)
  })

  it('dies with the number of its birth, and counts its sessions', () => {
    const edge = createSparkplugEdge('node', own)
    const [first, second] = [edge.will(), edge.will()]
    expect(first).toMatchObject({ mqttTopic: 'spBv1.0/naseem/NDEATH/node', qos: 1, retain: false })
    expect([Buffer.from(first.payload).at(-1), Buffer.from(second.payload).at(-1)]).toEqual([0, 1])
  })

  it('hears that a rebirth is wanted', () => {
    expect(asksForRebirth(encodePayload(1, [{ name: 'Node Control/Rebirth', value: true }], 0))).toBe(true)
    expect(asksForRebirth(encodePayload(1, [{ name: 'Node Control/Reboot', value: true }], 0))).toBe(false)
  })
})
