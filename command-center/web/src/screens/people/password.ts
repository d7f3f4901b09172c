/** Without letters and digits that are easily mistaken for others. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP = 5

/** A password to be read out and typed, `k7mfp-…`: 20 characters of 31, about 99 bits. */
export function newPassword(): string {
  const letters: string[] = []
  while (letters.length < GROUPS * GROUP) {
    for (const byte of crypto.getRandomValues(new Uint8Array(GROUPS * GROUP))) {
      // Bytes beyond the last whole multiple would make the first letters likelier.
      if (byte < 256 - (256 % ALPHABET.length)) letters.push(ALPHABET[byte % ALPHABET.length]!)
    }
  }
  return Array.from({ length: GROUPS }, (_, g) => letters.slice(g * GROUP, (g + 1) * GROUP).join('')).join('-')
}
