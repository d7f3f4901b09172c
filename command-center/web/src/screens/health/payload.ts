/** What a dead letter holds, as people can read it. */
export interface Shown {
  readonly text: string
  readonly isText: boolean
}

const HEX_BYTES = 512

/** Text as it is, JSON with its lines, anything else as hexadecimal digits. @param payload base64 */
export function showPayload(payload: string): Shown {
  const bytes = Uint8Array.from(atob(payload), (c) => c.charCodeAt(0))
  const text = textIn(bytes)
  if (text === undefined) return { text: hexOf(bytes), isText: false }
  try {
    return { text: JSON.stringify(JSON.parse(text), null, 2), isText: true }
  } catch {
    return { text, isText: true }
  }
}

function textIn(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(bytes)
  // A letter that was cut may end in the middle of a character.
  const whole = text.replace(/\uFFFD{1,3}$/, '')
  return whole.includes('\uFFFD') || /\p{Cc}/u.test(whole.replaceAll(/[\t\r\n]/g, '')) ? undefined : text
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, HEX_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
