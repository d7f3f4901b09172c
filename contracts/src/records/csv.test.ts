import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_MAX, linesOf, parseCsvLine, type Separator, separatorOf } from './csv.ts'

fc.configureGlobal({ seed: 7 })

const separator = fc.constantFrom<Separator>(',', ';', '\t')
const field = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9" ,;\t]{0,12}$/)).map((s) => s.replace(/[\r\n]/g, ''))
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

describe('a CSV line', () => {
  it('gives back the fields that were written, quoted or not', () => {
    const row = fc.array(fc.tuple(field, fc.boolean()), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(row, separator, (cells, s) => {
        const plain = (text: string) => !text.includes('"') && !text.includes(s)
        const line = cells.map(([text, quote]) => (quote || !plain(text) ? quoted(text) : text)).join(s)
        expect(parseCsvLine(line, s)).toEqual(cells.map(([text]) => text))
      }),
    )
  })

  it('never throws and gives fields or a reason, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), field), separator, (line, s) => {
        const parsed = parseCsvLine(line, s)
        if (Array.isArray(parsed)) expect(parsed.length).toBeGreaterThan(0)
        else expect(parsed.reason).not.toBe('')
      }),
    )
  })

  it.each([
    ['', ['']],
    ['a,,', ['a', '', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"",x', ['', 'x']],
    ['"say ""hi"""', ['say "hi"']],
  ])('reads %j', (line, fields) => {
    expect(parseCsvLine(line, ',')).toEqual(fields)
  })

  it.each([
    ['"a', 'not closed'],
    ['a"b,c', 'inside an unquoted field'],
    ['"a"b,c', 'after the closing quote'],
    ['x'.repeat(LINE_MAX + 1), 'longer than'],
  ])('refuses %.20j', (line, reason) => {
    const parsed = parseCsvLine(line, ',')
    expect('reason' in parsed && parsed.reason).toContain(reason)
  })

  it('is separated as the header is', () => {
    expect(separatorOf('a,b')).toBe(',')
    expect(separatorOf('a;b')).toBe(';')
    expect(separatorOf('a\tb')).toBe('\t')
    expect(separatorOf('key')).toBe(',')
  })
})

describe('lines of a stream', () => {
  const collect = async (pieces: (string | Uint8Array)[]) => {
    const lines: string[] = []
    for await (const line of linesOf(stream(pieces))) lines.push(line)
    return lines
  }
  async function* stream(pieces: (string | Uint8Array)[]) {
    yield* pieces
  }

  it('are the same wherever the bytes are cut', async () => {
    const text = fc.array(
      fc.string({ unit: 'grapheme' }).map((s) => s.replace(/[\r\n]/g, '')),
      { minLength: 1 },
    )
    const cuts = fc.array(fc.nat(40), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(text, cuts, fc.constantFrom('\n', '\r\n'), async (lines, at, end) => {
        const bytes = Buffer.from(lines.map((line) => line + end).join(''))
        const edges = [0, ...at.toSorted((a, b) => a - b).map((c) => Math.min(c, bytes.length)), bytes.length]
        const pieces = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge))
        const expected = lines.map((line) => line.replace(/^\uFEFF/, ''))
        expect(await collect(pieces)).toEqual([expected[0], ...lines.slice(1)])
      }),
    )
  })

  it('need no end after the last', async () => {
    expect(await collect(['a\r\nb'])).toEqual(['a', 'b'])
    expect(await collect([])).toEqual([])
  })

  it('stay short in memory: an endless line is cut, and what follows is read', async () => {
    const lines = await collect([...Array(100).fill('x'.repeat(50_000)), '\nb\n'])
    expect(lines).toHaveLength(2)
    expect(lines[0]!.length).toBeGreaterThan(LINE_MAX)
    expect(lines[0]!.length).toBeLessThan(4 * LINE_MAX)
    expect(lines[1]).toBe('b')
  })
})
