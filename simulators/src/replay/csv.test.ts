import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../testing/folder.ts'
import { readCsv } from './csv.ts'

const read = async (text: string, delimiter = ',', name = 'a.csv') => {
  const records: (readonly string[])[] = []
  for await (const { fields } of readCsv(join(folderWith({ [name]: text }), name), { delimiter })) records.push(fields)
  return records
}

describe('reading CSV', () => {
  it.each([
    [
      'plain lines and a missing last line end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a byte order mark, CRLF and empty lines',
      '\ufeffa,b\r\n\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['quotes, doubled quotes and delimiters inside', '"a ""x""","b,c"\n', [['a "x"', 'b,c']]],
    ['line ends inside quotes', '"a\nb",c\n', [['a\nb', 'c']]],
    ['empty fields', ',,\n', [['', '', '']]],
  ])('takes %s', async (_name, text, expected) => {
    expect(await read(text)).toEqual(expected)
  })

  it('takes runs of blanks as one delimiter', async () => {
    expect(await read('1   2 3  \n 4 5\t6\n', 'whitespace')).toEqual([
      ['1', '2', '3'],
      ['4', '5', '6'],
    ])
  })

  it('unpacks .gz', async () => {
    expect(await read('a;b\n', ';', 'a.csv.gz')).toEqual([['a', 'b']])
  })

  it('says on which line a record begins, and refuses a quote that never ends', async () => {
    const folder = folderWith({ 'a.csv': 'x\n"1\n2"\n3\n', 'b.csv': 'x\n"1\n2\n' })
    const lines: number[] = []
    for await (const { line } of readCsv(join(folder, 'a.csv'), { delimiter: ',' })) lines.push(line)
    expect(lines).toEqual([1, 2, 4])
    await expect(async () => {
      for await (const _ of readCsv(join(folder, 'b.csv'), { delimiter: ',' }));
    }).rejects.toThrow(/line 2 never ends/)
  })

  it('reads back whatever is quoted properly', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', ' ', 'é', '1') })
    const record = fc.array(field, { minLength: 2, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
        const text = records.map((r) => r.map((f) => `"${f.replaceAll('"', '""')}"`).join(',')).join('\n')
        expect(await read(text)).toEqual(records)
      }),
      { numRuns: 40 },
    )
  })
})
