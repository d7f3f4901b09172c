import type { Message } from './messages.ts'
import type { Speaker } from './payloads.ts'

/** Longer than any sensor, and the gateway before it, is ever silent on end. */
const LONGEST_SILENCE_MS = 2 * 3_600_000

/**
 * When the sensors of a message spoke last, oldest first: at `at`, when it fell due last, unless something was silent just
 * then. Said together they leave no sensor without a value.
 */
export function lastWords(speaker: Pick<Speaker, 'values'>, number: number, message: Message, at: number): number[] {
  const { series, intervalMs } = message
  const unheard = new Set(series.keys())
  const instants: number[] = []
  for (let back = 0; unheard.size > 0 && back <= LONGEST_SILENCE_MS + 2 * intervalMs; back += intervalMs) {
    const before = unheard.size
    const values = speaker.values(number, at - back)
    if (!values) continue
    for (const row of unheard) if (!Number.isNaN(values[row])) unheard.delete(row)
    if (unheard.size < before) instants.push(at - back)
  }
  return instants.reverse()
}
