/** A message that somebody has brought along, to try a mapping on. */
export interface Carried {
  readonly topic: string
  readonly payload: string
}

let carried: Carried = { topic: '', payload: '' }

/** Remembers a message for the next mapping that is opened. It is not kept beyond this page. */
export function carry(message: Carried): void {
  carried = message
}

/** The message that was brought along; empty when there is none. */
export const broughtAlong = (): Carried => carried
