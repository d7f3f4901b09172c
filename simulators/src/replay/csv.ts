import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { QuartierError } from '@quartier/contracts'

export interface CsvDialect {
  /** One character, or `whitespace`: runs of blanks, those at line ends ignored. */
  readonly delimiter: string
}

/** One record: its fields as text, and the line that it begins on, from 1. */
export interface CsvRecord {
  readonly line: number
  readonly fields: readonly string[]
}

/** A quoted field must end somewhere: a longer record is a stray quote. */
const LONGEST_RECORD = 4_000_000

/**
 * Records of a CSV file (RFC 4180: quoted fields, doubled quotes, line ends inside quotes), UTF-8, `.gz` or plain.
 * A byte order mark, empty lines and a missing last line end are no errors.
 * @throws QuartierError REPLAY_FILE when the file cannot be read or a quote never ends
 */
export async function* readCsv(path: string, { delimiter }: CsvDialect): AsyncGenerator<CsvRecord> {
  const split = delimiter === 'whitespace' ? (line: string) => line.trim().split(/\s+/) : splitter(delimiter)
  let line = 0
  let began = 1
  let open = ''
  for await (const part of lines(path)) {
    line++
    if (open === '') began = line
    const record = open === '' ? part : `${open}\n${part}`
    open = ''
    if (record.trim() === '') continue
    if (delimiter !== 'whitespace' && isOpen(record)) {
      if (record.length > LONGEST_RECORD) throw trouble(path, `the quote in line ${began} never ends`)
      open = record
      continue
    }
    yield { line: began, fields: split(record) }
  }
  if (open !== '') throw trouble(path, `the quote in line ${began} never ends`)
}

/** Bytes of a file, unpacked when its name ends in `.gz`. */
export function openFile(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path)
  return path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file
}

async function* lines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const bytes of openFile(path)) {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = parts.pop()!
      for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part
    }
  } catch (cause) {
    throw trouble(path, String((cause as Error).message), cause)
  }
  rest += decoder.decode()
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest
}

const isOpen = (record: string): boolean => {
  let quotes = 0
  for (let i = record.indexOf('"'); i >= 0; i = record.indexOf('"', i + 1)) quotes++
  return quotes % 2 === 1
}

function splitter(delimiter: string): (record: string) => string[] {
  return (record) => {
    if (!record.includes('"')) return record.split(delimiter)
    const fields: string[] = []
    let field = ''
    let quoted = false
    for (let i = 0; i < record.length; i++) {
      const c = record[i]!
      if (quoted) {
        if (c !== '"') field += c
        else if (record[i + 1] === '"') field += record[++i]
        else quoted = false
      } else if (c === '"' && field === '') quoted = true
      else if (c === delimiter) {
        fields.push(field)
        field = ''
      } else field += c
    }
    fields.push(field)
    return fields
  }
}

const trouble = (path: string, why: string, cause?: unknown): QuartierError =>
  new QuartierError('REPLAY_FILE', `read ${path}: ${why}`, { cause })
