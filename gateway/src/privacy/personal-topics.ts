import type { Will } from '../wire/connect.ts'
import { GONE, hasMac, scrubText } from './scrub.ts'

/**
 * A topic as it may be written down: without the values that cameras append to theirs, and without levels that hold
 * something that identifies somebody.
 */
export function cleanTopic(topic: string): string {
  const values = topic.indexOf('/&')
  const kept = values < 0 ? topic : `${topic.slice(0, values)}/&${GONE}`
  return kept
    .split('/')
    .map((level) => (hasMac(level) || scrubText(level) !== level ? GONE : level))
    .join('/')
}

const PLAIN_VALUES = /^\/&(\d{1,4})(\/\d{1,4})*$/

/**
 * The topic under which others get the copy of a message: without the values that cameras append, but for short numbers.
 * `undefined` when one of its levels holds something that identifies somebody.
 */
export function openTopic(topic: string): string | undefined {
  const values = topic.indexOf('/&')
  const base = values < 0 ? topic : topic.slice(0, values)
  if (cleanTopic(base) !== base) return undefined
  return values >= 0 && PLAIN_VALUES.test(topic.slice(values)) ? topic : base
}

const WORDS = new Set(['', '0', '1', 'offline', 'online', 'lost', 'disconnected', 'false', 'true', 'dead', 'stopped'])

/** Whether a will says no more than that its client has gone. It is stored as it is until it is sent. */
export const isPlainWill = (will: Will): boolean => WORDS.has(will.payload.toString('latin1').toLowerCase())
