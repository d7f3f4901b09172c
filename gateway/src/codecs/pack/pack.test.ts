import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { encodePack, type Pack } from '@quartier/contracts/pack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReadingSink } from '../codec.ts'
import { contextOf, RecordingSink } from '../recording-sink.ts'
import { packCodec } from './pack.ts'

const AT = 1_700_000_000_000

function decode(payload: Uint8Array, device = 'gw', sink = new RecordingSink()) {
  // At an odd place of a larger buffer, as payloads stand in a socket's.
  const buffer = Buffer.concat([Buffer.from('abc'), payload, Buffer.from('xyz')])
  const rejection = packCodec().decode(buffer, 3, 3 + payload.length, contextOf(device, ''), sink)
  const rows = sink.readings.map((r) => [r.device, r.property, r.measuredAt, r.value, r.quality])
  return { rows, rejects: sink.rejects.map((r) => r.reason), reason: rejection?.reason }
}

describe('the pack codec', () => {
  it('gives back what was encoded, in every shape', () => {
    const name = fc.stringMatching(/^[a-zA-Zé7._:-]{1,20}$/)
    const device = fc.array(name, { minLength: 1, maxLength: 3 }).map((levels) => levels.join('/'))
    const series = fc.array(fc.record({ device: fc.option(device, { nil: undefined }), property: name }), {
      minLength: 1,
      maxLength: 20,
    })
    const value = fc.double({ noNaN: true, noDefaultInfinity: true })
    const shape = fc.record({ sameTime: fc.boolean(), rowIsSeries: fc.boolean(), hasQuality: fc.boolean() })
    const row = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 2 ** 30 }), value, fc.integer({ min: 0, max: 3 }))
    fc.assert(
      fc.property(
        series,
        fc.array(row, { maxLength: 40 }),
        shape,
        (table, drawn, { sameTime, rowIsSeries, hasQuality }) => {
          const rows = rowIsSeries
            ? table.map((_, i): [number, number, number, number] => [i, i * 7, i / 3, i % 4])
            : drawn
          const pack: Pack = {
            series: table,
            index: rowIsSeries ? undefined : rows.map(([k]) => k % table.length),
            measuredAt: sameTime ? AT : rows.map(([, ms]) => AT + ms),
            value: rows.map(([, , v]) => v),
            quality: hasQuality ? rows.map(([, , , q]) => q) : undefined,
          }
          let current = 'gw'
          const devices = table.map((s) => (current = s.device ?? current))
          const expected = rows.map(([k, ms, v, q]) => {
            const i = k % table.length
            return [devices[i], table[i]?.property, sameTime ? AT : AT + ms, v + 0, hasQuality ? q : 0]
          })
          expect(decode(encodePack(pack))).toEqual({ rows: expected, rejects: [], reason: undefined })
        },
      ),
      { numRuns: 500 },
    )
  })

  it('rounds scaled values no differently than their decimal text', () => {
    const hundredths = fc.array(fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), { maxLength: 20 })
    fc.assert(
      fc.property(hundredths, fc.integer({ min: 0, max: 9 }), (whole, decimals) => {
        const value = whole.map((n) => Number(`${n}e-${decimals}`))
        const pack = encodePack({
          series: [{ property: 'p' }],
          index: whole.map(() => 0),
          measuredAt: AT,
          value,
          values: { decimals },
        })
        expect(decode(pack).rows.map((r) => r[3])).toEqual(value.map((v) => v + 0))
      }),
    )
  })

  it('takes singles as they are', () => {
    const pack = encodePack({ series: [{ property: 'p' }], measuredAt: AT, value: [0.1], values: 'f32' })
    expect(decode(pack).rows).toEqual([['gw', 'p', AT, Math.fround(0.1), 0]])
  })

  it('takes series by id', () => {
    const pack = encodePack({ series: [{ lo: 0x89abcdef, hi: 0x01234567 }], measuredAt: AT, value: [1] })
    expect(decode(pack).rows).toEqual([['by-id', '0123456789abcdef', AT, 1, 0]])
  })

  it('refuses ids where the sink takes none', () => {
    const pack = encodePack({ series: [{ lo: 1, hi: 2 }], measuredAt: AT, value: [1] })
    const sink: ReadingSink = Object.assign(new RecordingSink(), { seriesById: undefined })
    expect(packCodec().decode(pack, 0, pack.length, contextOf('gw', ''), sink)?.reason).toBe('pack-ids')
  })

  it('leaves readings untimed when the sender has no clock', () => {
    const pack = encodePack({ series: [{ property: 'p' }], measuredAt: Number.NaN, value: [1] })
    expect(decode(pack).rows).toEqual([['gw', 'p', Number.NaN, 1, 0]])
  })

  it('passes over series that the sink refuses and takes the rest', () => {
    const pack = encodePack({
      series: [
        { device: 'a', property: 'p' },
        { device: 'b', property: 'p' },
      ],
      measuredAt: AT,
      value: [1, 2],
    })
    expect(decode(pack, 'gw', new RecordingSink((device) => device === 'b')).rows).toEqual([['b', 'p', AT, 2, 0]])
  })

  it('counts every reading of a series that the sink refuses: the sink the first, the codec the others', () => {
    const pack = encodePack({
      series: [{ device: 'a', property: 'p' }],
      index: [0, 0, 0],
      measuredAt: AT,
      value: [1, 2, 3],
    })
    const got = decode(pack, 'gw', new RecordingSink(() => false))
    expect(got).toEqual({ rows: [], rejects: ['series-refused', 'series-refused'], reason: undefined })
  })

  it('takes an empty pack, which says nothing', () => {
    expect(decode(encodePack({ series: [], measuredAt: AT, value: [] }))).toEqual({
      rows: [],
      rejects: [],
      reason: undefined,
    })
  })
})

describe('a faulty pack', () => {
  const good = () =>
    Buffer.from(
      encodePack({
        series: [{ device: 'd', property: 'p' }, { property: 'q' }],
        index: [0, 1],
        measuredAt: [AT, AT + 1],
        value: [1, 2],
      }),
    )
  const changed = (change: (b: Buffer) => void) => {
    const bytes = good()
    change(bytes)
    return decode(bytes)
  }
  const NAMES = 40

  it.each<[string, (b: Buffer) => void]>([
    ['pack-magic', (b) => b.writeUInt8(0, 0)],
    ['pack-version', (b) => b.writeUInt8(2, 4)],
    ['pack-header', (b) => b.writeUInt8(16, 5)],
    ['pack-header', (b) => b.writeUInt8(3, 6)],
    ['pack-header', (b) => b.writeUInt8(19, 7)],
    ['pack-header', (b) => b.writeUInt8(2, 24)],
    ['pack-header', (b) => b.writeUInt8(8, 5) && b.writeUInt16LE(3, 8)],
    ['pack-limit', (b) => b.writeUInt16LE(5_001, 8)],
    ['pack-length', (b) => b.writeUInt16LE(3, 8) && b.writeUInt16LE(9, 10)],
    ['pack-length', (b) => b.writeUInt32LE(0xffffffff, 12)],
    ['pack-time', (b) => b.writeDoubleLE(-1, 16)],
    ['pack-time', (b) => b.writeDoubleLE(Number.POSITIVE_INFINITY, 16)],
    ['pack-name', (b) => b.writeUInt16LE(999, 32)],
    ['pack-name', (b) => b.writeUInt16LE(0, 34)],
    ['pack-name', (b) => b.write('+', NAMES)],
    ['pack-name', (b) => b.write('/', NAMES)],
    ['pack-name', (b) => b.write('/', NAMES + 1)],
    ['pack-name', (b) => b.writeUInt8(0xff, NAMES)],
    ['pack-index', (b) => b.writeUInt16LE(2, NAMES + 8)],
  ])('is refused: %s', (reason, change) => {
    expect(changed(change)).toMatchObject({ rows: [], reason })
  })

  it('loses only the rows whose values are not finite', () => {
    const value = NAMES + 8 + 8 + 8
    expect(changed((b) => b.writeDoubleLE(Number.NaN, value))).toMatchObject({
      rows: [['d', 'q', AT + 1, 2, 0]],
      rejects: ['pack-value'],
    })
  })

  it('is refused when it is cut or has more bytes', () => {
    const bytes = good()
    for (let n = 0; n < bytes.length; n++) expect(decode(bytes.subarray(0, n)).reason).toMatch(/^pack-/)
    expect(decode(Buffer.concat([bytes, Buffer.alloc(8)])).reason).toBe('pack-length')
  })
})

const python = spawnSync('python3', ['--version']).status === 0

describe.skipIf(!python)('the Python encoder in the description (skipped where there is no python3)', () => {
  it('writes the same bytes as ours', () => {
    const description = readFileSync(new URL('../../../../docs/formats/pack.md', import.meta.url), 'utf8')
    const code = /```python\n([\s\S]*?)```/.exec(description)?.[1]
    const call = `encode_pack([('haus 7/tür', 'temp'), ('b', 'hum')], [(0, ${AT}, 21.5), (1, ${AT + 250}, -3.0), (0, ${AT + 500}, 22.0)])`
    const run = spawnSync('python3', ['-c', `${code}\nprint(${call}.hex())`], { encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const ours = encodePack({
      series: [
        { device: 'haus 7/tür', property: 'temp' },
        { device: 'b', property: 'hum' },
      ],
      index: [0, 1, 0],
      measuredAt: [AT, AT + 250, AT + 500],
      value: [21.5, -3, 22],
    })
    expect(run.stdout.trim()).toBe(Buffer.from(ours).toString('hex'))
    expect(decode(Buffer.from(run.stdout.trim(), 'hex')).rows).toHaveLength(3)
  })
})
