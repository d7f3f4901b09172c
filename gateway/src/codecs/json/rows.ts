import { latin1, sameBytes, utf8 } from '../bytes.ts'
import { fail } from '../fault.ts'
import { MAX_NAME_BYTES } from '../limits.ts'
import { isPropertyName } from '../names.ts'
import { timeOfNumber, timeOfText } from '../time.ts'
import type { Members } from './members.ts'
import type { JsonOptions } from './options.ts'
import { ESCAPED, stringText, UNFIT } from './text.ts'
import { BIG_INTEGER, BOOLEAN, NESTED, NULL, NUMBER, TEXT } from './values.ts'

export const REPEATED = -2

/** The row of `key`, -1 when it is absent, {@link REPEATED} when it stands twice. */
export function find(b: Uint8Array, m: Members, key: Uint8Array): number {
  let found = -1
  for (let row = 0; row < m.count; row++) {
    if (!isKey(b, m, row, key)) continue
    if (found >= 0) return REPEATED
    found = row
  }
  return found
}

function isKey(b: Uint8Array, m: Members, row: number, key: Uint8Array): boolean {
  const from = m.keyFrom[row] as number
  if ((m.keyMarks[row] as number) & ESCAPED) return nameAt(b, m, row) === keyText(key)
  return (m.keyTo[row] as number) - from === key.length && sameBytes(b, from, key, 0, key.length)
}

export function isIgnored(b: Uint8Array, m: Members, row: number, ignore: readonly Uint8Array[]): boolean {
  for (let i = 0; i < ignore.length; i++) if (isKey(b, m, row, ignore[i] as Uint8Array)) return true
  return false
}

/** A row whose key stands in an earlier row too, or -1. */
export function firstRepeated(b: Uint8Array, m: Members): number {
  if (m.count > 16) return firstRepeatedOfMany(b, m)
  for (let row = 1; row < m.count; row++)
    for (let earlier = 0; earlier < row; earlier++)
      if (
        m.keyHash[earlier] === m.keyHash[row] ||
        ((m.keyMarks[row] as number) | (m.keyMarks[earlier] as number)) & ESCAPED
      )
        if (nameAt(b, m, row) === nameAt(b, m, earlier)) return row
  return -1
}

function firstRepeatedOfMany(b: Uint8Array, m: Members): number {
  const names = new Set<string>()
  for (let row = 0; row < m.count; row++) if (names.size === names.add(nameAt(b, m, row)).size) return row
  return -1
}

/** The time in `row`: epoch ms, NaN for null, or -1 with the fault noted. */
export function timeAt(b: Uint8Array, m: Members, row: number, unit: JsonOptions['timeUnit']): number {
  const kind = m.values.kind[row] as number
  if (kind === NULL) return Number.NaN
  let ms = Number.NaN
  if (kind === NUMBER || kind === BIG_INTEGER) ms = timeOfNumber(m.values.value[row] as number, unit)
  else if (kind === TEXT) ms = timeOfText(stateText(b, m, row))
  if (ms >= 0) return ms
  return fail(
    'json-time',
    `the time is neither a number of ${unit} nor ISO 8601 with a zone`,
    m.values.from[row] as number,
  )
}

export function isUsable(b: Uint8Array, m: Members, row: number): boolean {
  const kind = m.values.kind[row] as number
  return (kind === NUMBER || kind === BOOLEAN || kind === TEXT || kind === BIG_INTEGER) && isNamed(b, m, row)
}

function isNamed(b: Uint8Array, m: Members, row: number): boolean {
  const marks = m.keyMarks[row] as number
  const length = (m.keyTo[row] as number) - (m.keyFrom[row] as number)
  if (marks & ESCAPED) return isPropertyName(nameAt(b, m, row))
  return (marks & UNFIT) === 0 && length > 0 && length <= MAX_NAME_BYTES
}

export const badReason = (b: Uint8Array, m: Members, row: number): string =>
  isNamed(b, m, row) ? reasonOf(m.values.kind[row] as number) : 'json-name'

export const badDetail = (b: Uint8Array, m: Members, row: number): string => {
  const name = JSON.stringify(nameAt(b, m, row).slice(0, 80))
  return isNamed(b, m, row)
    ? `the value of ${name} ${faultOf(m.values.kind[row] as number)}`
    : `${name} cannot name a property`
}

export const reasonOf = (kind: number): string =>
  kind === NULL ? 'json-null' : kind === NESTED ? 'json-nested' : 'json-range'

export const faultOf = (kind: number): string =>
  kind === NULL ? 'is null' : kind === NESTED ? 'is an array or object, which needs a mapping' : 'is too large'

export const keyText = (key: Uint8Array): string => utf8(key, 0, key.length)

export const nameAt = (b: Uint8Array, m: Members, row: number): string =>
  stringText(b, m.keyFrom[row] as number, m.keyTo[row] as number, m.keyMarks[row] as number)

export function stateText(b: Uint8Array, m: Members, row: number): string {
  const [from, to] = [m.values.from[row] as number, m.values.to[row] as number]
  return m.values.kind[row] === BIG_INTEGER
    ? latin1(b, from, to)
    : stringText(b, from, to, m.values.marks[row] as number)
}
