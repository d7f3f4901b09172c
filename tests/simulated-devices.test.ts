import { seriesKey } from '@quartier/contracts'
import { describe, expect, it } from 'vitest'
import { CODECS } from '../gateway/src/codecs/index.ts'
import { RecordingSink } from '../gateway/src/codecs/recording-sink.ts'
import { DEFAULT_ROUTES } from '../gateway/src/config.ts'
import { Routes } from '../gateway/src/topics/routes.ts'
import { createDistrict } from '../simulators/src/district/create-district.ts'
import { createEventFeed } from '../simulators/src/simulate/event-feed.ts'
import { planMessages } from '../simulators/src/simulate/messages.ts'
import { createSpeaker } from '../simulators/src/simulate/payloads.ts'

const AT = Date.UTC(2026, 10, 23, 9, 30, 0, 123)
const routes = new Routes(DEFAULT_ROUTES, CODECS)

/** What the gateway's default routes and codecs make of one message; the source is the topic's, or the route's. */
function decode(mqttTopic: string, bytes: string | Uint8Array, sink: RecordingSink): string {
  const match = routes.match(mqttTopic)
  if (!match) throw new Error(`no route for ${mqttTopic}`)
  const levels = mqttTopic.split('/')
  const slice = ([from, to]: readonly [number, number]): [number, number] => {
    const before = levels.slice(0, from).join('/').length + (from > 0 ? 1 : 0)
    return from === to ? [0, 0] : [before, before + levels.slice(from, to).join('/').length]
  }
  const [[deviceFrom, deviceTo], [propertyFrom, propertyTo]] = [slice(match.device), slice(match.property)]
  const topicBytes = Buffer.from(mqttTopic)
  const context = { mqttTopic, topicBytes, deviceFrom, deviceTo, propertyFrom, propertyTo, receivedAt: AT }
  const payload = Buffer.from(bytes as string)
  expect(match.codec.decode(payload, 0, payload.length, context, sink), mqttTopic).toBeUndefined()
  return match.source[1] > match.source[0] ? levels.slice(...match.source).join('/') : match.defaultSource
}

const model = createDistrict({ seed: 31, sensors: 2500 })
const { messages, clientIds } = planMessages(model)

describe('the simulated devices and the gateway', () => {
  it('agree on every series key, value and instant, in every format', () => {
    const speaker = createSpeaker(model, messages, 31, (at) => at)
    const keys = new Set(model.series.map((s) => s.key))
    const seen = new Set<string>()
    const sink = new RecordingSink()
    const take = (mqttTopic: string, bytes: string | Uint8Array): number => {
      const before = sink.readings.length
      const source = decode(mqttTopic, bytes, sink)
      for (const { device, property, measuredAt } of sink.readings.slice(before)) {
        const key = seriesKey({ source, device, property })
        expect(keys.has(key), key).toBe(true)
        // Frigate's counts have no time of their own.
        if (source !== 'frigate') expect(measuredAt, key).toBe(AT)
        seen.add(key)
      }
      return sink.readings.length - before
    }
    for (const c of clientIds.keys()) for (const { mqttTopic, bytes } of speaker.births(c, AT)) take(mqttTopic, bytes)
    expect(seen.size).toBeGreaterThan(40)
    for (const [i, message] of messages.entries()) {
      const payload = speaker.encode(i, AT)
      if (payload) expect(take(payload.mqttTopic, payload.bytes), message.mqttTopic).toBe(payload.readings)
    }
    expect(sink.rejects).toEqual([])
    expect(seen.size).toBeGreaterThan(2400)
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

  it('tell events of cameras, lifts and pipes, in which nothing about people is left', () => {
    const { devices } = createSpeaker(model, messages, 31, (at) => at)
    const feed = createEventFeed(model, messages, devices)
    const sink = new RecordingSink()
    const said: string[] = []
    const evening = AT + 8 * 3_600_000
    feed(evening - 60_000, evening, (event) => {
      const payload = event.payloadAt(event.at)
      said.push(payload)
      decode(event.mqttTopic, payload, sink)
    })
    for (let day = 0; day < 60; day++)
      feed(evening + day * 86_400_000, evening + day * 86_400_000 + 60_000, (e) =>
        decode(e.mqttTopic, e.payloadAt(e.at), sink),
      )
    const kinds = new Set(sink.events.map((e) => e.kind))
    expect([...kinds]).toEqual(expect.arrayContaining(['object-detected', 'line-crossed', 'plate-seen']))
    expect(sink.rejects).toEqual([])
    const devicesKnown = new Set(model.assets.map((a) => a.id))
    expect(sink.events.every((e) => devicesKnown.has(e.device))).toBe(true)
    expect(sink.plates.length).toBeGreaterThan(0)
    expect(JSON.stringify(sink.events)).not.toMatch(/QA \d|Visitor/)
  })

  it('tell the same events whatever stretches of time are asked for', () => {
    const { devices } = createSpeaker(model, messages, 31, (at) => at)
    const told = (step: number) => {
      const feed = createEventFeed(model, messages, devices)
      const out: string[] = []
      for (let at = AT; at < AT + 120_000; at += step)
        feed(at, at + step, (e) => out.push(`${e.at} ${e.mqttTopic} ${e.payloadAt(e.at)}`))
      return out.sort()
    }
    expect(told(1_000)).toEqual(told(40_000))
    expect(told(1_000).length).toBeGreaterThan(20)
  })
})
