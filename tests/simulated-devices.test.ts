import { seriesKey } from '@quartier/contracts'
import { describe, expect, it } from 'vitest'
import { CODECS } from '../gateway/src/codecs/index.ts'
import { RecordingSink } from '../gateway/src/codecs/recording-sink.ts'
import { DEFAULT_ROUTES } from '../gateway/src/config.ts'
import { Routes } from '../gateway/src/topics/routes.ts'
import { createDistrict } from '../simulators/src/district/create-district.ts'
import { planMessages } from '../simulators/src/simulate/messages.ts'
import { createMessageEncoder } from '../simulators/src/simulate/payloads.ts'

const AT = Date.UTC(2026, 10, 23, 9, 30, 0, 123)

/** What the gateway's default routes and codecs make of one message. */
function decode(mqttTopic: string, bytes: string | Uint8Array): RecordingSink {
  const match = new Routes(DEFAULT_ROUTES, CODECS).match(mqttTopic)
  if (!match) throw new Error(`no route for ${mqttTopic}`)
  const levels = mqttTopic.split('/')
  const slice = ([from, to]: readonly [number, number]): [number, number] => {
    const before = levels.slice(0, from).join('/').length + (from > 0 ? 1 : 0)
    return from === to ? [0, 0] : [before, before + levels.slice(from, to).join('/').length]
  }
  const [[deviceFrom, deviceTo], [propertyFrom, propertyTo]] = [slice(match.device), slice(match.property)]
  const topicBytes = Buffer.from(mqttTopic)
  const context = { mqttTopic, topicBytes, deviceFrom, deviceTo, propertyFrom, propertyTo, receivedAt: AT }
  const sink = new RecordingSink()
  const payload = Buffer.from(bytes as string)
  expect(match.codec.decode(payload, 0, payload.length, context, sink), mqttTopic).toBeUndefined()
  return sink
}

describe('the simulated devices and the gateway', () => {
  it('agree on every series key, value and instant, in every format', () => {
    const model = createDistrict({ seed: 31, sensors: 2500 })
    const { messages } = planMessages(model)
    const encode = createMessageEncoder(model, messages, 31, (at) => at)
    const keys = new Set(model.series.map((s) => s.key))
    const seen = new Set<string>()
    for (const [i, message] of messages.entries()) {
      const payload = encode(i, AT)
      if (!payload) continue
      const sink = decode(payload.mqttTopic, payload.bytes)
      expect(sink.rejects, message.mqttTopic).toEqual([])
      expect(sink.readings, message.mqttTopic).toHaveLength(payload.readings)
      for (const { device, property, measuredAt } of sink.readings) {
        const key = seriesKey({ source: 'naseem', device, property })
        expect(keys.has(key), key).toBe(true)
        expect(measuredAt).toBe(AT)
        seen.add(key)
      }
    }
    expect(seen.size).toBeGreaterThan(2400)
  })
})
