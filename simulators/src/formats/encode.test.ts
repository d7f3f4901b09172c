import { packTable } from '@quartier/contracts/pack'
import { Decoder } from 'cbor-x'
import { describe, expect, it } from 'vitest'
import { encodeFlat, encodeSenmlCbor, encodeSenmlJson, encodeSingle, encodeTable } from './encode.ts'

const rows = {
  devices: ['ets-1', 'ets-1', 'em-2'],
  properties: ['flow', 'supplyTemperature', 'power'],
  units: ['m3/h', 'Cel', ''],
}
const at = 1_790_000_000_123

describe('the formats', () => {
  it('say one value with its time', () => {
    expect(encodeSingle(rows, at, [0.5])).toBe('{"ts":1790000000123,"value":0.5}')
  })

  it('say several properties of a device in one object', () => {
    expect(encodeFlat(rows, at, [1, Number.NaN, -3.25])).toBe('{"ts":1790000000123,"flow":1,"power":-3.25}')
  })

  it('write SenML with base name, time and unit', () => {
    expect(JSON.parse(encodeSenmlJson(rows, at, [1, 6.1, 12]) as string)).toEqual([
      { bn: 'ets-1/', bt: 1_790_000_000.123, n: 'flow', u: 'm3/h', v: 1 },
      { n: 'supplyTemperature', u: 'Cel', v: 6.1 },
      { bn: 'em-2/', n: 'power', v: 12 },
    ])
  })

  it('names the base again when the first record falls out', () => {
    expect(JSON.parse(encodeSenmlJson(rows, at, [Number.NaN, 6.1, 12]) as string)[0]).toMatchObject({
      bn: 'ets-1/',
      bt: 1_790_000_000.123,
      n: 'supplyTemperature',
    })
  })

  it('write the same in CBOR with the labels of RFC 8428', () => {
    const bytes = encodeSenmlCbor(rows, at, [1, 6.1, 12]) as Uint8Array
    expect(new Decoder({ mapsAsObjects: false }).decode(bytes)).toEqual([
      new Map<number, unknown>([
        [-2, 'ets-1/'],
        [-3, 1_790_000_000.123],
        [0, 'flow'],
        [1, 'm3/h'],
        [2, 1],
      ]),
      new Map<number, unknown>([
        [0, 'supplyTemperature'],
        [1, 'Cel'],
        [2, 6.1],
      ]),
      new Map<number, unknown>([
        [-2, 'em-2/'],
        [0, 'power'],
        [2, 12],
      ]),
    ])
  })

  it('send nothing when no device has a value', () => {
    const nothing = [Number.NaN, Number.NaN, Number.NaN]
    for (const encode of [encodeSingle, encodeFlat, encodeSenmlJson, encodeSenmlCbor]) {
      expect(encode(rows, at, nothing)).toBeUndefined()
    }
    const table = packTable(rows.devices.map((device, i) => ({ device, property: rows.properties[i]! })))
    expect(encodeTable(table, at, Float64Array.from(nothing))).toBeUndefined()
    expect(encodeTable(table, at, Float64Array.of(1, 2, 3))?.length).toBeGreaterThan(32)
  })
})
