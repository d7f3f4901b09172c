/** Longer lines are cut to one character more than this, which whoever reads them refuses. */
export const LINE_MAX = 65_536

const SEPARATORS = [',', ';', '\t'] as const
export type Separator = (typeof SEPARATORS)[number]

/** The separator that a header line uses: comma, semicolon or tab. */
export function separatorOf(header: string): Separator {
  return SEPARATORS.find((s) => header.includes(s)) ?? ','
}

/**
 * The fields of one line, or the reason why there are none. Fields may be quoted as RFC 4180 says, a quote inside
 * doubled; unlike there a field ends with its line, so that one stray quote spoils one line and not the file.
 */
export function parseCsvLine(line: string, separator: Separator): string[] | { reason: string } {
  if (line.length > LINE_MAX) return { reason: `longer than ${LINE_MAX} characters` }
  if (!line.includes('"')) return line.split(separator)
  const fields: string[] = []
  let at = 0
  for (;;) {
    const field = line[at] === '"' ? quotedField(line, at) : plainField(line, at, separator)
    if (typeof field === 'string') return { reason: field }
    fields.push(field.text)
    if (field.end >= line.length) return fields
    if (line[field.end] !== separator) return { reason: `column ${fields.length}: text after the closing quote` }
    at = field.end + 1
  }
}

interface Field {
  readonly text: string
  /** Index just behind the field. */
  readonly end: number
}

function plainField(line: string, from: number, separator: Separator): Field | string {
  const next = line.indexOf(separator, from)
  const end = next < 0 ? line.length : next
  const text = line.slice(from, end)
  return text.includes('"') ? 'a quote inside an unquoted field' : { text, end }
}

function quotedField(line: string, from: number): Field | string {
  let text = ''
  for (let at = from + 1; ; ) {
    const quote = line.indexOf('"', at)
    if (quote < 0) return 'a quote is not closed'
    text += line.slice(at, quote)
    if (line[quote + 1] !== '"') return { text, end: quote + 1 }
    text += '"'
    at = quote + 2
  }
}

/** The lines of a text that arrives in pieces, without their ends (LF or CR LF) and without a byte order mark. */
export async function* linesOf(pieces: AsyncIterable<string | Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of pieces) {
    rest += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
    let from = 0
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      yield withoutEnd(rest, from, end)
      from = end + 1
    }
    rest = rest.slice(from)
    if (rest.length > 2 * LINE_MAX) rest = rest.slice(0, LINE_MAX + 1)
  }
  rest += decoder.decode()
  if (rest !== '') yield withoutEnd(rest, 0, rest.length)
}

function withoutEnd(text: string, from: number, end: number): string {
  return text.slice(from, end > from && text[end - 1] === '\r' ? end - 1 : end)
}
