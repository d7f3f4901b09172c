import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seriesDefinitionSchema } from '../schemas/registry.ts'
import { series } from './contract/fixture.ts'
import { parseCsvLine } from './csv.ts'
import { LineMistake, readHeader, readSeriesLine, SERIES_COLUMNS, type SeriesColumn } from './series-csv.ts'
import { obviouslyRight } from './series-write.ts'

fc.configureGlobal({ seed: 7 })

const documentation = readFileSync(join(import.meta.dirname, '../../../docs/registry.md'), 'utf8')

describe('a line of a series CSV', () => {
  it('is a series or a mistake in words, whatever its fields are', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('demo/a/t', '1e3', 'true', 'zone', 'active', '', '51.5', '-1'))
    const fields = fc.tuple(...SERIES_COLUMNS.map(() => value))
    fc.assert(
      fc.property(fields, (line) => {
        try {
          const { definition, asset, place } = readSeriesLine(SERIES_COLUMNS, line, 2)
          expect(definition?.key ?? asset?.id ?? place?.id).toBeTruthy()
        } catch (error) {
          expect(error).toBeInstanceOf(LineMistake)
          expect((error as Error).message).not.toBe('')
        }
      }),
    )
  })

  it('comes back as it was written', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9 "é.-]{0,8}[a-z0-9]$/)
    const limits = fc.tuple(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
      fc.nat(1e6),
    )
    fc.assert(
      fc.property(
        word,
        word,
        word,
        word,
        limits,
        fc.boolean(),
        (source, device, property, unit, [min, ms], personal) => {
          const columns: SeriesColumn[] = [
            'source',
            'device',
            'property',
            'unit',
            'valid_min',
            'interval_ms',
            'personal',
          ]
          const line = readSeriesLine(columns, [source, device, property, unit, `${min}`, `${ms}`, `${personal}`], 2)
          expect(line.definition).toMatchObject({ source, property, unit, validMin: min, intervalMs: ms, personal })
          expect(line.definition?.key).toBe(`${source}/${device}/${property}`)
        },
      ),
    )
  })
})

describe('the quick look at a definition', () => {
  it('passes nothing that the schema refuses', () => {
    const text = fc.oneof(fc.string(), fc.string({ minLength: 20, maxLength: 500 }))
    const limit = fc.option(fc.double())
    const definition = fc.record({
      key: text,
      id: fc.constant('0123456789abcdef'),
      property: text,
      unit: text,
      assetId: fc.option(text),
      intervalMs: fc.oneof(fc.integer(), fc.double()),
      source: text,
      validMin: limit,
      validMax: limit,
      status: fc.constant('active' as const),
      personal: fc.constant(false),
      historical: fc.constant(false),
    })
    fc.assert(
      fc.property(definition, (d) => {
        if (obviouslyRight(d)) expect(seriesDefinitionSchema.safeParse(d).error).toBeUndefined()
      }),
    )
  })

  it('passes an ordinary definition', () => {
    expect(obviouslyRight(series('demo/ahu-17/power', { assetId: 'ahu-17' }))).toBe(true)
    expect(obviouslyRight({ ...series('demo/ahu-17/power'), more: 1 } as never)).toBe(false)
  })
})

describe('the documentation', () => {
  it('names every column', () => {
    for (const column of SERIES_COLUMNS) expect(documentation).toContain(`\`${column}\``)
  })

  it('gives an example that is right', () => {
    const [header = '', ...lines] = /```csv\n(.*?)\n```/s.exec(documentation)?.[1]?.split('\n') ?? []
    const columns = readHeader(parseCsvLine(header, ',') as string[]) as SeriesColumn[]
    const read = lines.map((line, i) => readSeriesLine(columns, parseCsvLine(line, ',') as string[], i + 2))
    expect(read.map((r) => r.definition?.assetId)).toEqual(['ahu-17', 'ahu-17'])
    expect(read[0]?.place?.kind).toBe('zone')
  })
})
