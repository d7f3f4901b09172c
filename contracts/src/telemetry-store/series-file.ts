import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import type { SeriesTable } from './series-table.ts'

export const SERIES_FILE = 'series.csv'

/** Writes the defined series as CSV for whoever reads the store's files by other means: `series` is the id as a number. */
export function writeSeriesFile(path: string, series: SeriesTable): void {
  const fd = openSync(`${path}.new`, 'w')
  try {
    let text = 'series,key,source,unit,interval_ms\n'
    for (let ordinal = 0; ordinal < series.size; ordinal++) {
      if (!series.isDefined(ordinal)) continue
      const s = series.meta(ordinal)
      text += `${decimalId(s.lo, s.hi)},${quoted(s.key)},${quoted(s.source)},${quoted(s.unit)},${s.intervalMs}\n`
      if (text.length < 1 << 20) continue
      writeSync(fd, text)
      text = ''
    }
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.new`, path)
}

export const decimalId = (lo: number, hi: number): string => ((BigInt(hi) << 32n) | BigInt(lo)).toString()

/** A CSV field, quoted where it must be (RFC 4180). */
export const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
