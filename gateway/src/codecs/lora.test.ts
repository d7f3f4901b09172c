import { existsSync, readFileSync } from 'node:fs'
import { MARK_HISTORICAL } from '@quartier/contracts/quality'
import { describe, expect, it } from 'vitest'
import { CODECS } from './index.ts'
import { contextOf, RecordingSink } from './recording-sink.ts'

type Row<T> = [property: string, measuredAt: number | null, value: T, mark?: 'historical']
interface Vector {
  name: string
  topic: [device: string, property: string]
  payload: unknown
  readings?: Row<number>[]
  states?: Row<string>[]
  rejects?: string[]
  rejection?: string
}

const read = (file: string): Vector[] => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))

function decode(codec: string, topic: [string, string], payload: unknown) {
  const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
  const sink = new RecordingSink()
  const rejection = CODECS[codec]?.().decode(bytes, 0, bytes.length, contextOf(...topic), sink)
  const time = (t: number) => (Number.isNaN(t) ? null : t)
  for (const r of [...sink.readings, ...sink.states]) expect(r.device).toBe(topic[0])
  return {
    readings: sink.readings.map((r): Row<number> => {
      const row: Row<number> = [r.property, time(r.measuredAt), r.value]
      if (r.quality === MARK_HISTORICAL) row.push('historical')
      return row
    }),
    states: sink.states.map((s): Row<string> => [s.property, time(s.measuredAt), s.text]),
    rejects: sink.rejects.map((r) => r.reason),
    rejection: rejection?.reason,
  }
}

describe.each(['chirpstack', 'ttn'])('%s', (codec) => {
  it.each(read(`./${codec}/vectors.json`))('$name', ({ topic, payload, readings, states, rejects, rejection }) => {
    expect(decode(codec, topic, payload)).toEqual({
      readings: readings ?? [],
      states: states ?? [],
      rejects: rejects ?? [],
      rejection,
    })
  })

  it('refuses a topic that names no device', () => {
    expect(decode(codec, ['', 'up'], {}).rejection).toBe('json-device')
  })
})

const SAMPLES = new URL('../../../../shared/data/iot-payloads/', import.meta.url)

describe.skipIf(!existsSync(SAMPLES))("the network servers' own examples (only where the samples are at hand)", () => {
  interface Sample {
    event?: string
    title: string
    payload: Record<string, Record<string, unknown>>
  }
  const samples = (file: string): Sample[] => JSON.parse(readFileSync(new URL(file, SAMPLES), 'utf8'))

  it('of ChirpStack are all read, and give what they say', () => {
    for (const { event, payload } of samples('chirpstack-v4-events.json')) {
      const { rejection, rejects, readings, states } = decode('chirpstack', ['d', event as string], payload)
      expect([event, rejection, rejects]).toEqual([event, undefined, []])
      const at = Date.parse(`${(payload.time as unknown as string).slice(0, 23)}Z`)
      for (const [, measuredAt] of [...readings, ...states]) expect(measuredAt).toBe(at)
      if (event === 'up') expect(states).toEqual([['data', at, 'qg==']])
      if (event === 'status') expect(readings).toContainEqual(['batteryLevel', at, 88.3])
      if (event === 'location') expect(readings).toContainEqual(['longitude', at, -8.839375])
    }
  })

  it('of The Things Stack are all read, and give what they say', () => {
    for (const { title, payload } of samples('ttn-v3-messages.json')) {
      const { rejection, rejects, readings } = decode('ttn', ['dev1', ''], payload)
      expect([title, rejection, rejects]).toEqual([title, undefined, []])
      const at = Date.parse('2020-02-12T15:15:45.789Z')
      if (title.startsWith('Uplink'))
        expect(readings).toEqual([
          ['temperature', at, 1],
          ['luminosity', at, 0.64],
          ['lora.rssi', at, -35],
          ['lora.snr', at, 5],
        ])
    }
  })
})
