/** What stands in place of something that identifies somebody. */
export const GONE = '…'

const NAME_CHARACTERS = 64

/**
 * A name that somebody has given to a zone, a rule or a camera, without what could tell about people: addresses of mail,
 * pages and devices, telephone and other long numbers, codes. Short; '' when nothing is left.
 */
export function cleanName(text: string): string {
  if (isHarmless(text)) return text
  const clean = scrubText(text).slice(0, NAME_CHARACTERS).trim()
  return clean === GONE ? '' : clean
}

/** A text without what could identify somebody; each such part becomes `…`. */
export function scrubText(text: string): string {
  let clean = text.slice(0, LONGEST).toWellFormed()
  for (const pattern of PATTERNS) clean = clean.replaceAll(pattern, GONE)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return clean.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
}

/** Whether a name holds a hardware address. */
export const hasMac = (text: string): boolean => hasDigitsOfMac(text) && MAC.test(text)

const MAC_DIGITS = 12

/** Quick: few names have so many letters and digits that could be hexadecimal. */
function hasDigitsOfMac(text: string): boolean {
  let digits = 0
  for (let i = 0; i < text.length && digits < MAC_DIGITS; i++) {
    const c = text.charCodeAt(i)
    const letter = c | 0x20
    if ((c >= 0x30 && c <= 0x39) || (letter >= 0x61 && letter <= 0x66)) digits++
  }
  return digits === MAC_DIGITS
}

const MAC =
  /(?<![0-9a-f])(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![0-9a-f])|(?<![0-9a-f])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![0-9a-f])|(?<![0-9a-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{12}(?![0-9a-z])/i
const LONGEST = 4096
const PATTERNS: readonly RegExp[] = [
  /\b(?:data|[a-z][a-z0-9+.-]{1,20}):\/*[^\s"']{3,}/gi,
  /[^\s@"'<>]{1,64}@[^\s@"'<>]{1,255}/g,
  new RegExp(MAC.source, 'gi'),
  /\b\d{1,3}(?:\.\d{1,3}){3}\b/g,
  /\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b/gi,
  /[A-Za-z0-9+/_-]{40,}={0,2}/g,
  /[+(]?[\p{Nd}](?:[ ().\-/]{0,2}[\p{Nd}]){6,}/gu,
]

/** Quick and for almost all names: letters, few digits, few separators. */
function isHarmless(text: string): boolean {
  if (text.length > 40) return false
  let digits = 0
  let marks = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 0x30 && c <= 0x39) digits++
    else if (c === 0x20 || c === 0x2d || c === 0x5f || c === 0x2e) marks++
    else if (!((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a)) return false
  }
  return digits < 7 && marks < 5 && !(text.length === 12 && digits > 0 && marks === 0)
}
