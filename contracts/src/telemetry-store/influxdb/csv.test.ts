import { describe, expect, it } from 'vitest'
import { readTables } from './csv.ts'

const read = (csv: string) => {
  const rows: unknown[][] = []
  readTables(
    csv,
    (cells) => cells('device'),
    (device, at, value) => rows.push([device, at, value]),
  )
  return rows
}

describe('an answer of the query API', () => {
  it('is read table by table, whatever order the columns have', () => {
    const csv =
      ',result,table,_time,_value,device\r\n,_result,0,1970-01-01T00:00:01Z,1.5,a\r\n,_result,0,1970-01-01T00:00:02.001Z,2,a\r\n' +
      ',_result,1,1969-12-31T00:00:00Z,3,b\r\n\r\n,result,table,device,_value,_time\r\n,_result,2,c,4,1970-01-01T00:00:00Z\r\n'
    expect(read(csv)).toEqual([
      ['a', 1000, '1.5'],
      ['a', 2001, '2'],
      ['b', -86_400_000, '3'],
      ['c', 0, '4'],
    ])
  })

  it('may hold commas, quotes and line breaks in quoted cells', () => {
    const csv = ',result,table,_time,_value,device\r\n,_result,0,1970-01-01T00:00:00Z,"a,""b""\r\nc","d ""e"""\r\n'
    expect(read(csv)).toEqual([['d "e"', 0, 'a,"b"\r\nc']])
  })

  it('is nothing when it is empty', () => {
    expect(read('\r\n')).toEqual([])
    expect(read('')).toEqual([])
  })

  it('fails retriably when the query failed half-way', () => {
    const csv =
      ',result,table,_time,_value\r\n,_result,0,1970-01-01T00:00:00Z,1\r\n\r\nerror,reference\r\nout of memory,\r\n'
    expect(() => read(csv)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', retriable: true }))
  })
})
