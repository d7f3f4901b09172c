import { QuartierError } from '@quartier/contracts'
import { openFile, readCsv } from '../csv.ts'
import type { Resource } from './manifest.ts'

/** Numbers of a matrix with the axes as the file has them; NaN where a field holds none. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** Row by row. */
  readonly values: Float64Array
  /** Names in the header line, and those in the first column. */
  readonly columnNames: readonly string[] | undefined
  readonly rowNames: readonly string[] | undefined
}

/** @throws QuartierError REPLAY_FILE when the file does not hold what its manifest says */
export async function readMatrix(path: string, resource: Resource, shape: readonly [number, number]): Promise<Matrix> {
  const [rows, columns] = shape
  if (resource.format === 'f32le') {
    return {
      rows,
      columns,
      values: await readFloats(path, rows * columns),
      columnNames: undefined,
      rowNames: undefined,
    }
  }
  const values = new Float64Array(rows * columns)
  const labels = resource.dialect?.labels === true ? 1 : 0
  let columnNames: string[] | undefined
  const rowNames: string[] = []
  let row = 0
  for await (const { line, fields } of readCsv(path, { delimiter: resource.dialect?.delimiter ?? ',' })) {
    if (resource.dialect?.header && !columnNames) {
      columnNames = fields.slice(labels).map((f) => f.trim())
      continue
    }
    if (fields.length - labels !== columns || row === rows)
      throw new QuartierError(
        'REPLAY_FILE',
        `${path}, line ${line}: the manifest promises ${rows} × ${columns} numbers`,
      )
    if (labels === 1) rowNames.push(fields[0]!.trim())
    for (let c = 0; c < columns; c++) {
      const text = fields[c + labels]!.trim()
      values[row * columns + c] = text === '' ? Number.NaN : Number(text)
    }
    row++
  }
  if (row !== rows) throw new QuartierError('REPLAY_FILE', `${path} has ${row} rows, its manifest says ${rows}`)
  return { rows, columns, values, columnNames, rowNames: labels === 1 ? rowNames : undefined }
}

async function readFloats(path: string, count: number): Promise<Float64Array> {
  const parts: Buffer[] = []
  for await (const part of openFile(path)) parts.push(part)
  const bytes = Buffer.concat(parts)
  if (bytes.length !== count * 4)
    throw new QuartierError('REPLAY_FILE', `${path} holds ${bytes.length / 4} numbers, its manifest says ${count}`)
  return Float64Array.from({ length: count }, (_, i) => bytes.readFloatLE(i * 4))
}
