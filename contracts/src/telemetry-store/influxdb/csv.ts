import { QuartierError } from '../../errors.ts'

/** One table row of an answer, by column name. */
export type Cells = (column: string) => string

/**
 * Goes through an answer of the query API without annotations: blocks of rows under a header each, parted by empty
 * lines. `onTable` is called where a new table begins, with a reader of its first row; its result goes to `onRow` with
 * each row's time (epoch ms) and value.
 */
export function readTables<T>(
  csv: string,
  onTable: (cells: Cells) => T,
  onRow: (table: T, at: number, value: string) => void,
): void {
  let header: readonly string[] = []
  let columns = { table: -1, time: -1, value: -1 }
  let isHeader = true
  let isFailure = false
  let current: T | undefined
  let number = ''
  for (const line of records(csv)) {
    if (line === '') {
      isHeader = true
      continue
    }
    const cells = split(line)
    if (isHeader) {
      header = cells
      columns = { table: cells.indexOf('table'), time: cells.indexOf('_time'), value: cells.indexOf('_value') }
      isHeader = false
      isFailure = cells.includes('error')
      number = ''
      continue
    }
    // A query that fails after its answer has begun can say so only in the answer.
    if (isFailure) throw new QuartierError('STORE_UNAVAILABLE', `query: ${cells.join(' ')}`, { retriable: true })
    const table = cells[columns.table] ?? ''
    if (table !== number || current === undefined) {
      number = table
      current = onTable((column) => cells[header.indexOf(column)] ?? '')
    }
    onRow(current, Date.parse(cells[columns.time] ?? ''), cells[columns.value] ?? '')
  }
}

/** The records of a CSV text without their line ends; a quoted field may contain some. */
function* records(csv: string): Generator<string> {
  let quote = csv.indexOf('"')
  let from = 0
  while (from < csv.length) {
    let isOpen = false
    let end = from - 1
    do {
      const after = end + 1
      end = csv.indexOf('\n', after)
      if (end === -1) end = csv.length
      for (; quote !== -1 && quote < end; quote = csv.indexOf('"', quote + 1)) isOpen = !isOpen
    } while (isOpen && end < csv.length)
    yield csv.slice(from, csv.charCodeAt(end - 1) === 13 ? end - 1 : end)
    from = end + 1
  }
}

function split(record: string): string[] {
  if (!record.includes('"')) return record.split(',')
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (record[at] === '"') {
      let text = ''
      let close = record.indexOf('"', at + 1)
      while (record[close + 1] === '"') {
        text += record.slice(at + 1, close + 1)
        at = close + 1
        close = record.indexOf('"', at + 1)
      }
      cells.push(text + record.slice(at + 1, close))
      at = close + 2
      if (at > record.length) return cells
    } else {
      const comma = record.indexOf(',', at)
      cells.push(record.slice(at, comma === -1 ? undefined : comma))
      if (comma === -1) return cells
      at = comma + 1
    }
  }
}
