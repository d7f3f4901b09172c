import type { DeadLetter } from '../schemas/rejected.ts'

/** Why a letter can never be taken in again, whatever is mended. */
export interface Impossible {
  readonly reason: 'personal' | 'was-reading' | 'not-kept' | 'cut'
  readonly detail: string
}

/** Why this letter cannot be taken in again; `undefined` when it can be tried. */
export function impossibleToRedrive(letter: DeadLetter): Impossible | undefined {
  if (letter.skeleton !== undefined)
    return { reason: 'personal', detail: 'it is of a personal source, of which nothing is kept' }
  if (letter.mqttTopic === '')
    return { reason: 'was-reading', detail: 'its message was taken in; single readings of it were refused later' }
  if (letter.payload === undefined) return { reason: 'not-kept', detail: 'its payload was not kept' }
  const kept = Buffer.byteLength(letter.payload, 'base64')
  if (kept < letter.bytes)
    return { reason: 'cut', detail: `only the first ${kept} of its ${letter.bytes} bytes were kept` }
  return undefined
}
