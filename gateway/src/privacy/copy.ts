import { cleanName } from './scrub.ts'

/**
 * What becomes of a part of a JSON message in the copy that subscribers get; `undefined`: it is left out. Only what is
 * known to tell nothing about anybody has one, so that a new member of a camera's message cannot slip through.
 */
export type Kept = (value: unknown) => unknown

export const aNumber: Kept = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)

export const aTruth: Kept = (value) => (typeof value === 'boolean' ? value : undefined)

/** A number a sender counts by, short, or it would be more than a number. */
export const aShortNumber: Kept = (value) => (SHORT.test(String(value)) ? value : undefined)
const SHORT = /^\d{1,10}$/

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/
export const aTime: Kept = (value) => (typeof value === 'string' && TIME.test(value) ? value : undefined)

/** A name that somebody gave to a zone, a rule or a camera, as it may be stored. */
export const aName: Kept = (value) => (typeof value === 'string' ? cleanName(value) || undefined : undefined)

/** One of these words, whatever its case. */
export function aWord(words: string): Kept {
  const known = new Set(words.toLowerCase().split(' '))
  return (value) => (typeof value === 'string' && known.has(value.toLowerCase()) ? value : undefined)
}

/** The first that has something to say. */
export const either =
  (...kept: readonly Kept[]): Kept =>
  (value) =>
    kept.reduce<unknown>((found, one) => found ?? one(value), undefined)

const MOST = 64

export const aList =
  (kept: Kept): Kept =>
  (value) =>
    Array.isArray(value) ? value.slice(0, MOST).flatMap((one) => kept(one) ?? []) : undefined

/** An object with these members, as far as it has them. */
export function anObject(members: Readonly<Record<string, Kept>>): Kept {
  const known = Object.entries(members)
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const copy: Record<string, unknown> = {}
    for (const [name, kept] of known) {
      const part = Object.hasOwn(value, name) ? kept((value as Record<string, unknown>)[name]) : undefined
      if (part !== undefined) copy[name] = part
    }
    return copy
  }
}

/** The copy of a JSON message; `undefined` when nothing of it may be handed on. */
export function copyOf(kept: Kept, b: Uint8Array, from: number, to: number): Buffer | undefined {
  let message: unknown
  try {
    message = JSON.parse(Buffer.from(b.buffer, b.byteOffset + from, to - from).toString())
  } catch {
    return undefined // what our own parser takes and this one does not is handed to nobody
  }
  const copy = kept(message)
  return copy === undefined ? undefined : Buffer.from(JSON.stringify(copy))
}
