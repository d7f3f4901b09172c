import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { seriesIdOf, seriesIdText } from '../series/id.ts'
import { encodeBatch, type SourceCounts } from './batch.ts'
import { createColumns } from './columns.ts'

const hasPython = spawnSync('python3', ['--version']).status === 0
const read = hasPython ? it : it.skip

const tally = { received: 3, accepted: 3, rejected: {} }
const counts: SourceCounts[] = [{ source: 'kő', messages: tally, readings: tally, untimed: 1 }]

describe('a program in another language, written from the document alone', () => {
  read.each([
    ['narrow times', 1000, 7],
    ['wide times', 3e9, 90_000],
    ['no rows', 0, 0],
  ])(
    `reads a record with %s${hasPython ? '' : ' (skipped: there is no python3)'}`,
    (name, measuredStep, receivedStep) => {
      const rows = name === 'no rows' ? 0 : 3
      const columns = createColumns(rows)
      columns.length = rows
      const ids = ['a/b/c', 'north/hall/temperature', 'x/y/z'].map(seriesIdOf)
      for (let i = 0; i < rows; i++) {
        columns.seriesLo[i] = ids[i]!.lo
        columns.seriesHi[i] = ids[i]!.hi
        columns.measuredAt[i] = 1_700_000_000_000 + i * measuredStep
        columns.receivedAt[i] = 1_700_000_000_900 + i * receivedStep
        columns.value[i] = [21.5, -1e300, 1 / 3][i]!
        columns.quality[i] = [0, 17, 255][i]!
      }
      const { status, stdout, stderr } = spawnSync('python3', [join(import.meta.dirname, 'read_batch.py')], {
        input: encodeBatch({ columns, counts }),
        encoding: 'utf8',
      })
      expect(stderr).toBe('')
      expect(status).toBe(0)
      expect(JSON.parse(stdout)).toEqual({
        series: ids.slice(0, rows).map(seriesIdText),
        measuredAt: [...columns.measuredAt],
        receivedAt: [...columns.receivedAt],
        value: [...columns.value],
        quality: [...columns.quality],
        counts,
      })
    },
  )
})
