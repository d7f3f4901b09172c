import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { SeriesId } from '../series/id.ts'
import { RAW } from './layout.ts'
import type { ByteSink } from './parquet/bytes.ts'
import { GROUP_ROWS, SortedFileWriter } from './parquet/writer.ts'
import { eachSeries, inChunks, type Sources } from './query.ts'
import { quoted } from './series-file.ts'

export interface ExportRequest {
  readonly format: 'csv' | 'parquet'
  readonly path: string
  readonly series?: readonly SeriesId[]
  readonly from: number
  readonly to: number
}

interface RowTarget {
  /** Rows of one series: times, values, qualities, delays. */
  add(ordinal: number, columns: readonly Float64Array[], length: number): void
  finish(): void
  abandon(): void
}

/** Writes readings by series, in order of definition, and time; the file gets its name when it is complete. */
export async function exportReadings(
  sources: Sources,
  request: ExportRequest,
  onProgress?: (share: number) => void,
): Promise<number> {
  const { series } = sources.intake
  const ids = request.series ?? Array.from({ length: series.size }, (_, ordinal) => series.id(ordinal))
  const part = `${request.path}.part`
  const target = request.format === 'csv' ? csvTarget(part, sources) : parquetTarget(part, sources)
  let rows = 0
  let done = 0
  try {
    await inChunks(sources, ids, request, (ordinals, from, to) => {
      eachSeries(sources, ordinals, from, to, [RAW.delayMs], (i, columns, length) => {
        target.add(ordinals[i] as number, columns, length)
        rows += length
      })
      if (to === request.to) done += ordinals.length
      onProgress?.(Math.min(1, done / Math.max(1, ids.length)))
    })
    target.finish()
    renameSync(part, request.path)
    return rows
  } catch (error) {
    target.abandon()
    rmSync(part, { force: true })
    throw error
  }
}

function csvTarget(path: string, { intake }: Sources): RowTarget {
  const fd = openSync(path, 'w')
  let text = 'series,measured_at,received_at,value,quality\n'
  const write = () => {
    writeSync(fd, text)
    text = ''
  }
  return {
    add(ordinal, columns, length) {
      const [times, values, qualities, delays] = columns as [Float64Array, Float64Array, Float64Array, Float64Array]
      const key = quoted(intake.series.key(ordinal))
      for (let i = 0; i < length; i++) {
        const at = times[i] as number
        text += `${key},${iso(at)},${iso(at + (delays[i] as number))},${values[i]},${qualities[i]}\n`
        if (text.length > 1 << 20) write()
      }
    },
    finish() {
      write()
      closeSync(fd)
    },
    abandon: () => closeSync(fd),
  }
}

const iso = (at: number): string => new Date(at).toISOString()

function parquetTarget(path: string, { intake }: Sources): RowTarget {
  const encoder = new TextEncoder()
  const writer = new SortedFileWriter({
    path,
    dense: true,
    columns: [
      { name: 'series', kind: 'seriesKey' },
      { name: 'measured_at', kind: 'time' },
      { name: 'received_at', kind: 'time' },
      { name: 'value', kind: 'double' },
      { name: 'quality', kind: 'byte' },
    ],
    describe: (ordinal: number, out: ByteSink) => {
      const key = encoder.encode(intake.series.key(ordinal))
      out.reserve(4)
      out.view.setUint32(out.length, key.length, true)
      out.length += 4
      out.put(key)
    },
  })
  const [measuredAt, receivedAt, value, quality] = writer.columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  return {
    add(ordinal, columns, length) {
      const [times, values, qualities, delays] = columns as [Float64Array, Float64Array, Float64Array, Float64Array]
      for (let i = 0; i < length; i++) {
        const k = writer.count
        writer.ordinals[k] = ordinal
        measuredAt[k] = times[i] as number
        receivedAt[k] = (times[i] as number) + (delays[i] as number)
        value[k] = values[i] as number
        quality[k] = qualities[i] as number
        if (++writer.count === GROUP_ROWS) writer.endGroup()
      }
    },
    finish: () => void writer.finish(),
    abandon: () => writer.close(),
  }
}
